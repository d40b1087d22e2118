"""
What happened with a demo customer: work and payments, contacts, conversations, appointments,
consents.
"""

from crm.demo import names
from crm.demo.chance import DAY
from crm.demo.desk import DemoDesk, Life
from crm.demo.people import INACTIVE, LOST

DONE = ("completed",) * 10 + ("cancelled",)
UNDER_WAY = ("completed", "in_progress", "in_progress", "scheduled", "planned", "on_hold")
VISITS = ("completed",) * 8 + ("cancelled", "no_show")


def write_history(desk: DemoDesk, life: Life) -> None:
    """
    Everything of one customer. Nothing lies outside the course's days, so that the status follows
    from it.
    """
    _projects(desk, life)
    _interactions(desk, life)
    _conversations(desk, life)
    _appointments(desk, life)
    _tags(desk, life)
    _follow_ups(desk, life)


def _projects(desk: DemoDesk, life: Life) -> None:
    draw, text = desk.draw, desk.moments.text
    for turn in range(draw.between(*life.course.projects)):
        quoted = life.day(draw)
        begun = max(life.quiet, quoted - draw.between(4, 25))
        finished = max(life.quiet, begun - draw.between(0, 9))
        valuable = life.course.dollars[0] > 20_000
        fresh = turn == 0 and life.quiet < 60 and not valuable
        status = draw.pick(UNDER_WAY if fresh else DONE[:10] if valuable else DONE)
        amount = draw.between(life.course.dollars[0] // 25, life.course.dollars[1] // 25) * 25
        kind = _kind(desk, amount)
        created, start, end = draw.second(quoted), draw.second(begun), draw.second(finished)
        created, start = min(created, start, end), min(start, end)
        end_text = text(end) if status == "completed" else None
        tenant = desk.tenant(created, life.customer)
        desk.tables.projects.add(
            (
                *tenant,
                f"{names.PROJECT_NAMES[kind]}, {life.street}",
                kind,
                status,
                amount,
                None if status in ("planned", "scheduled") else text(start),
                end_text,
                text(created),
                end_text or text(start),
            )
        )
        if status == "completed":
            _payments(desk, life, tenant[0], amount, start, end)
        elif status == "in_progress":
            _payment(
                desk,
                life,
                tenant[0],
                "Deposit",
                amount * 0.3,
                "completed" if draw.chance(0.7) else "pending",
                start,
            )


def _kind(desk: DemoDesk, amount: int) -> str:
    """The kind of work that an amount of dollars buys."""
    if amount > 9_000:
        return desk.draw.pick(("roof_replacement", "roof_replacement", "siding"))
    if amount > 2_500:
        return desk.draw.pick(("repair", "gutters", "other", "roof_replacement"))
    return desk.draw.pick(("repair", "inspection", "maintenance", "gutters"))


def _payments(desk: DemoDesk, life: Life, project: str, amount: int, start: int, end: int) -> None:
    chance = desk.draw.random()
    if chance < 0.2:
        _payment(desk, life, project, "Deposit", amount * 0.3, "completed", start)
        _payment(desk, life, project, "Final payment", amount * 0.7, "completed", end)
    elif chance < 0.6:
        _payment(desk, life, project, "Payment", amount, "completed", end)
    if 0.55 < chance < 0.62:
        _payment(desk, life, project, "Payment by card", amount, "failed", end)
    if 0.15 < chance < 0.18:
        _payment(desk, life, project, "Material returned", amount * 0.05, "refunded", end)


def _payment(
    desk: DemoDesk,
    life: Life,
    project: str,
    description: str,
    amount: float,
    status: str,
    second: int,
) -> None:
    moment = desk.moments.text(second)
    desk.tables.transactions.add(
        (
            *desk.tenant(second, life.customer),
            project,
            description,
            f"{amount:.2f}",
            desk.currency,
            status,
            moment,
            moment,
        )
    )


def _interactions(desk: DemoDesk, life: Life) -> None:
    """The last of them on the day after which the customer fell quiet."""
    draw, text, add = desk.draw, desk.moments.text, desk.tables.interactions.add
    for turn in range(draw.between(*life.course.contacts)):
        second = draw.second(life.day(draw) if turn else life.quiet)
        moment = text(second)
        kind, outcome, notes = draw.pick(names.INTERACTIONS)
        add(
            (
                *desk.tenant(second, life.customer),
                kind,
                moment,
                notes,
                outcome,
                life.staff[0],
                moment,
                moment,
            )
        )


def _follow_ups(desk: DemoDesk, life: Life) -> None:
    """Of some who were in touch lately, due around today; a few are everybody's."""
    draw, text = desk.draw, desk.moments.text
    if life.quiet > 60 or not draw.chance(0.12):
        return
    added, due = draw.second(draw.between(5, 9)), draw.between(-3, 8)
    owner = None if draw.chance(0.3) else life.staff[0]
    desk.tables.follow_ups.add(
        (
            *desk.tenant(added, life.customer),
            draw.pick(names.FOLLOW_UPS),
            text(due * DAY)[:10],
            owner,
            life.staff[0],
            text(added),
            text(added),
        )
    )


def _conversations(desk: DemoDesk, life: Life) -> None:
    if not desk.draw.chance(0.28):
        return
    for _ in range(desk.draw.between(1, 2)):
        _conversation(desk, life)


def _conversation(desk: DemoDesk, life: Life) -> None:
    draw, text = desk.draw, desk.moments.text
    subject, exchanges = draw.pick(names.CONVERSATIONS)
    opened = second = draw.second(life.day(draw))
    key, *tenant = desk.tenant(opened, life.customer)
    count = 0
    for number, (inbound, answer) in enumerate(exchanges):
        wait = 0 if number == len(exchanges) - 1 and draw.chance(0.1) else draw.between(40, 5_400)
        arrived = text(second)
        desk.tables.messages.add(
            (draw.id(second), *tenant, key, "inbound", inbound, arrived, None, wait or None)
        )
        last, count = second, count + 1
        if wait == 0:
            break
        last = second + wait
        count += 1
        desk.tables.messages.add(
            (draw.id(last), *tenant, key, "outbound", answer, text(last), life.staff[0], None)
        )
        second = last + draw.between(30, 2_400)
    resolved = bool(wait) and draw.chance(0.85)
    desk.tables.conversations.add(
        (
            *(key, *tenant, draw.pick(("whatsapp", "whatsapp", "sms", "email", "web_chat"))),
            *(subject, "resolved" if resolved else "open", draw.chance(0.25)),
            *(text(opened), text(last) if resolved else None, count, text(last), text(last)),
        )
    )


def _appointments(desk: DemoDesk, life: Life) -> None:
    draw = desk.draw
    earned = 0
    if draw.chance(0.42):
        for _ in range(draw.between(1, 2)):
            earned += _visit(desk, life)
    if earned > 100 and draw.chance(0.3):
        second = draw.second(life.quiet)
        desk.tables.loyalty.add(
            (
                *desk.tenant(second, life.customer),
                -50,
                "Redeemed for a gutter guard",
                None,
                desk.moments.text(second),
            )
        )
    elif draw.chance(0.04):
        second = draw.second(life.day(draw))
        desk.tables.loyalty.add(
            (
                *desk.tenant(second, life.customer),
                25,
                "Thank-you for a referral",
                None,
                desk.moments.text(second),
            )
        )
    if draw.chance(life.course.upcoming):
        _booking(desk, life)
    if draw.chance(0.1):
        desk.tables.preferred.add(
            (*desk.tenant(-life.since * DAY, life.customer), draw.pick(desk.services)[0])
        )


def _visit(desk: DemoDesk, life: Life) -> int:
    """A past appointment. Returns the points it earned."""
    draw, text = desk.draw, desk.moments.text
    service, minutes, price, points = draw.pick(desk.services)
    start = -life.day(draw) * DAY + draw.between(14, 20) * 3600
    booked = max(start - draw.between(1, 9) * DAY, -life.since * DAY)
    status = draw.pick(VISITS)
    key, *tenant = desk.tenant(booked, life.customer)
    end = text(start + minutes * 60)
    row = (
        draw.pick(desk.outlets),
        service,
        life.staff[0],
        text(start),
        end,
        status,
        price,
        text(booked),
        end,
    )
    desk.tables.appointments.add((key, *tenant, *row))
    if status != "completed" or not points:
        return 0
    desk.tables.loyalty.add((*desk.tenant(start, life.customer), points, "appointment", key, end))
    return points


def _booking(desk: DemoDesk, life: Life) -> None:
    """A standing appointment ahead, if whom the customer comes to has time."""
    draw, text = desk.draw, desk.moments.text
    service, minutes, price, _ = draw.pick(desk.services)
    start = desk.next_slot(life.staff[0])
    if start is None:
        return
    booked = -draw.between(0, min(life.since, 20)) * DAY - draw.between(1, 3_600)
    times = (
        text(start),
        text(start + minutes * 60),
        draw.pick(("confirmed", "confirmed", "pending")),
        price,
        text(booked),
        text(booked),
    )
    desk.tables.appointments.add(
        (
            *desk.tenant(booked, life.customer),
            draw.pick(desk.outlets),
            service,
            life.staff[0],
            *times,
        )
    )


def _tags(desk: DemoDesk, life: Life) -> None:
    draw = desk.draw
    wanted = draw.pick((0, 0, 1, 1, 1, 2, 2, 3))
    first = draw.between(0, len(desk.tags) - 1)
    for step in range(wanted):
        tag = desk.tags[(first + step * 5) % len(desk.tags)]
        desk.tables.tags.add((*desk.tenant(-life.since * DAY, life.customer), tag))


def consents(desk: DemoDesk, life: Life) -> dict[str, bool]:
    """Writes the ledger of consents, and returns the preferences that its latest rows show."""
    draw = desk.draw
    shown = {
        "notify_email": True,
        "notify_sms": False,
        "notify_push": False,
        "notify_whatsapp": False,
        "marketing_consent": False,
    }
    if life.email and draw.chance(0.45):
        _consent(desk, life, "email", "notifications", True, life.since)
    if life.phone and draw.chance(0.3):
        shown["notify_sms"] = True
        _consent(desk, life, "sms", "notifications", True, life.since)
    if life.phone and draw.chance(0.12):
        shown["notify_whatsapp"] = True
        _consent(desk, life, "whatsapp", "notifications", True, life.since)
    if draw.chance(0.4):
        kept = life.course not in (INACTIVE, LOST) or draw.chance(0.5)
        shown["marketing_consent"] = kept
        _consent(desk, life, "all", "marketing", True, life.since)
        if not kept:
            _consent(desk, life, "all", "marketing", False, life.quiet)
    return shown


def _consent(
    desk: DemoDesk, life: Life, channel: str, purpose: str, granted: bool, days_ago: int
) -> None:
    second = desk.draw.second(days_ago)
    wording = (
        "Yes, the company may reach me this way; I can withdraw at any time." if granted else ""
    )
    row = (
        channel,
        purpose,
        granted,
        desk.draw.pick(("form", "phone", "office")),
        wording,
        life.staff[1],
        desk.moments.text(second),
    )
    desk.tables.consents.add((*desk.tenant(second, life.customer), *row))
