"""
The names that other systems give a customer's fields in their exports, in English, Spanish, German
and French. Our own exports' need not stand here.
"""

import re
from collections.abc import Mapping, Sequence

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from core.imports.headers import header_key, match_headers
from core.imports.uploads import Upload
from customers.models import Customer
from customers.tables import CUSTOMERS

_NAMES = {
    "id": "customer id, client id, id cliente, id del cliente",
    "first_name": (
        "first, fname, given name, forename, nombre de pila, primer nombre, nombres, vorname, "
        "prénom"
    ),
    "middle_name": "second name, additional name, segundo nombre, zweiter vorname",
    "last_name": (
        "last, lname, surname, family name, apellido, apellidos, apellidos s, primer apellido, "
        "apellido paterno, nachname, familienname, nom de famille"
    ),
    "second_last_name": "segundo apellido, apellido materno",
    "name": (
        "full name, customer name, customer, client name, client, contact name, contact full name, "
        "display name, nombre completo, nombre y apellidos, nombre del cliente, nombre del "
        "contacto, cliente, kunde, nom complet"
    ),
    "company_name": (
        "company, organisation, organization, organization name, organisation name, business, "
        "business name, account name, associated company, default address company, empresa, "
        "nombre de la empresa, nombre de empresa, compañía, organización, razón social, firma, "
        "unternehmen, société, entreprise, raison sociale, firmenname"
    ),
    "is_business": "is company, es empresa, es una empresa, geschäftskunde, professionnel",
    "email": (
        "e-mail, e-mails, mail, email address, e-mail address, primary email, email value, "
        "e-mail 2 address, e-mail 3 address, work email, personal email, customer email, correo, "
        "correo electrónico, correo electrónico principal, dirección de correo, dirección de "
        "correo electrónico, e-mail-adresse, courriel, adresse e-mail, adresse électronique, "
        "adresse mail"
    ),
    "phone": (
        "phone number, national phone, phones, phone no, phone value, telephone, telephone "
        "number, tel, primary phone, main phone, main phone #s, contact number, mobile, mobile "
        "phone, mobile phone number, mobile phone #s, mobile number, cell, cell phone, cell phone "
        "number, sms phone, sms phone number, home phone, home phone #s, work phone, work phone "
        "#s, business phone, business phone #s, other phone, company main phone, default address "
        "phone, card phone, teléfono, número de teléfono, telefono de contacto, teléfono "
        "principal, teléfono móvil, número de móvil, número de teléfono móvil, móvil, celular, "
        "teléfono celular, número de celular, teléfono particular, teléfono de casa, teléfono del "
        "trabajo, teléfono de trabajo, teléfono de la oficina, otro teléfono, telefon, "
        "telefonnummer, rufnummer, handy, handynummer, mobilnummer, mobiltelefon, téléphone, "
        "numéro de téléphone, portable, téléphone portable"
    ),
    "phone_code": "phone country code, dial code, dialing code, prefijo, prefijo telefónico",
    "whatsapp_number": (
        "whatsapp, national whatsapp number, whatsapp no, whatsapp phone, whatsapp phone number, "
        "whatsapp id, wa id, número de whatsapp, teléfono de whatsapp, whatsapp nummer"
    ),
    "phone_extension": (
        "ext, phone ext, extension, extensión, extensión telefónica, durchwahl, poste, interno"
    ),
    "alternative_phones": (
        "other phones, alternative phone, alternate phone, additional phone, additional phones, "
        "otros teléfonos, teléfono alternativo, weitere telefonnummern, autres téléphones"
    ),
    "preferred_contact_method": (
        "contact method, preferred communication, preferred communication method, método de "
        "contacto, método de contacto preferido, kontaktart, moyen de contact"
    ),
    "best_call_time": "best time to call, mejor hora para llamar, beste anrufzeit, meilleur moment",
    "avatar_url": "avatar, photo, photo url, image, profile picture, foto",
    "gender": "sex, género, sexo, geschlecht, genre, sexe",
    "date_of_birth": (
        "birthday, birth date, birthdate, dob, date of birth, fecha de nacimiento, nacimiento, "
        "cumpleaños, geburtsdatum, geburtstag, date de naissance"
    ),
    "property_value": "valor de la propiedad, immobilienwert, valeur du bien",
    "property_type": "tipo de propiedad, immobilienart, type de bien",
    "roof_age": "edad del techo, antigüedad del techo, dachalter, âge du toit",
    "roof_type": "tipo de techo, dachtyp, dachart, type de toit",
    "source": (
        "original source, lead source, referral source, client source, customer source, creation "
        "source, acquisition source, referral type, how did you hear about us, origen, fuente, "
        "fuente original, origen del lead, fuente de referencia, fuente de referidos, quelle, "
        "herkunft, origine"
    ),
    "converted_from_lead_id": "lead id",
    "external_id": (
        "external, reference, reference id, record id, record id contact, contact id, case safe "
        "id, customer number, customer no, client number, account number, member id, member "
        "number, user id, j id, square customer id, referencia, id de referencia, id de registro, "
        "id de contacto, id del contacto, número de cliente, id externo, kundennummer, kundennr, "
        "numéro de client, référence"
    ),
    "campaign": "campaign name, utm campaign, campaña, kampagne, campagne",
    "referred_by": "referrer, referido por, recomendado por, empfohlen von, parrain",
    "is_referral_partner": "referral partner",
    "status": "customer status, estado del cliente, statut",
    "status_pinned": "",
    "segment": "segmento",
    "segment_pinned": "",
    "engagement": "",
    "engagement_pinned": "",
    "assigned_to": (
        "owner, owner name, account owner, contact owner, record owner, lead owner, assignee, "
        "assigned to email, asignado a, propietario del contacto, propietario, responsable, "
        "zuständig, bearbeiter"
    ),
    "tags": (
        "tag, labels, label, categories, groups, group membership, etiqueta, etiquetas, "
        "categorías, grupos, schlagwörter, étiquettes"
    ),
    "notes": (
        "note, comments, comment, remarks, description, contact description, memo, notas, nota, "
        "comentarios, observaciones, descripción, notizen, bemerkungen, bemerkung, remarques, "
        "commentaires"
    ),
    "custom_fields": "",
    "is_blocked": "blocked, bloqueado, gesperrt, bloqué",
    "block_reason": (
        "blocked reason, motivo de bloqueo, motivo del bloqueo, razón del bloqueo, sperrgrund, "
        "raison du blocage"
    ),
    "nps_score": "nps, net promoter score",
    "satisfaction_rating": "rating, satisfaction, satisfacción, zufriedenheit",
    "customer_since": (
        "since, client since, member since, create date, created, created utc, created date, date "
        "created, date added, creation date, client creation date, optin time, cliente desde, "
        "miembro desde, fecha de creación, fecha de alta, fecha de registro, kunde seit, client "
        "depuis"
    ),
    "notify_email": "email opt in, email notifications, notificaciones por email",
    "notify_sms": (
        "sms opt in, sms notifications, accepts sms marketing, sms marketing, text message opt in, "
        "acepta marketing por sms"
    ),
    "notify_push": "push notifications",
    "notify_whatsapp": (
        "whatsapp notifications, whatsapp opt in, accepts whatsapp marketing, allow broadcast, "
        "allow campaign"
    ),
    "marketing_consent": (
        "marketing opt in, marketing, newsletter, accepts marketing, accepts email marketing, "
        "email marketing, email subscription status, email marketing consent, subscribed, "
        "subscribe to promotional emails, acepta marketing, acepta marketing por correo, acepta "
        "marketing por correo electrónico, estado de suscripción"
    ),
    "opted_out": (
        "email opt out, opt out, unsubscribed from all email, do not email, has opted out of "
        "email, no recibir correo, ha cancelado su suscripción a todos los correos"
    ),
    "language": ("preferred language, locale, idioma, idioma preferido, lengua, sprache, langue"),
    "contact_hours_start": "",
    "contact_hours_end": "",
    "accessibility_needs": "accessibility, accesibilidad, barrierefreiheit, accessibilité",
    "preferred_agent": "preferred agent email, preferred staff, agente preferido",
    "preferred_outlet": ("preferred outlet name, outlet, branch, sucursal, filiale, succursale"),
    "preferred_categories": "",
    "preference_note": "",
}

_ADDRESS = {
    "street": (
        "street address, address, address line 1, address 1, address line, line 1, street 1, "
        "street name, dirección, dirección postal, dirección 1, línea de dirección 1, calle, "
        "calle y número, domicilio, straße, strasse, anschrift, adresse, rue"
    ),
    "street_2": (
        "address 2, address 3, address line 2, address line 3, line 2, street 2, street 3, "
        "street address 2, extended address, apartment, apartment suite, apt suite, unit, suite, "
        "dirección 2, línea de dirección 2, calle 2, colonia, adresszusatz, complément d'adresse"
    ),
    "city": ("town, ciudad, población, localidad, municipio, stadt, ort, wohnort, ville, commune"),
    "state": (
        "province, province code, state code, region, county, state province, state region, "
        "province state, estado, provincia, región, estado provincia, estado o provincia, estado "
        "región, provincia o estado, bundesland, kanton, département"
    ),
    "postal_code": (
        "zip, zip code, zip postal code, zip or postal code, postal, postcode, post code, código "
        "postal, cp, plz, postleitzahl, code postal"
    ),
    "country": (
        "country region, country name, country code, país, país región, país o región, código de "
        "país, código país, land, pays"
    ),
    "latitude": "lat, latitud, breitengrad",
    "longitude": "lng, lon, longitud, längengrad",
}
_BEFORE = (
    *("home", "business", "work", "other", "mailing", "billing", "shipping", "delivery"),
    *("service", "property", "primary", "residential", "customer", "client", "company", "address"),
    *("default address", "primary address", "mailing address", "billing address"),
    *("shipping address", "card address"),
)
_BEHIND = (
    *("del trabajo", "de trabajo", "particular", "de casa", "de facturación", "de envío"),
    *("de correo", "de la empresa", "del domicilio"),
)
"""What stands before or behind the words of an address where a file holds several."""

ADDRESS = tuple(_ADDRESS)


def _words() -> dict[str, Sequence[str]]:
    found: dict[str, list[str]] = {
        field: names.split(", ") if names else [] for field, names in _NAMES.items()
    }
    for field, names in _ADDRESS.items():
        found[field] = names.split(", ")
    taken = {header_key(name) for field, names in found.items() for name in (field, *names)}
    for field, names in _ADDRESS.items():
        several = [
            text
            for name in (field, *names.split(", "))
            for text in (
                *(f"{before} {name}" for before in _BEFORE),
                *(f"{name} {behind}" for behind in _BEHIND),
            )
        ]
        found[field] += [text for text in several if header_key(text) not in taken]
    return dict(found)


CUSTOMER_WORDS = _words()
"""
Field → the other names that it is known by; its own name always is one. Beside the customer's
fields there are `name` (first and last in one), `middle_name`, `second_last_name`, `street_2`,
`phone_code` (of the country) and `opted_out` (of e-mail).
"""

CUSTOMER_FIELDS: Mapping[str, str | Promise] = {
    **{
        name: capfirst(Customer._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        for name in CUSTOMER_WORDS
        if name in {field.name for field in Customer._meta.fields}
    },
    "id": _("ID"),
    "name": _("Whole name"),
    "middle_name": _("Middle name"),
    "second_last_name": _("Second last name"),
    "street_2": _("Second line of the address"),
    "phone_code": _("Phone's country code"),
    "opted_out": _("Opted out of e-mail"),
    "tags": _("Tags"),
    "alternative_phones": _("Other phones"),
}
"""What a column can mean → how people call it."""

_PARTIAL = {"nombre": "first_name", "name": "last_name", "nom": "last_name"}
"""
Words for the whole name that name one half of it in a file which has the other half beside it.
"""


def customer_columns(upload: Upload) -> dict[str, str | None]:
    """
    Header → the name in `CUSTOMER_WORDS` of what it means, None for columns that are left out.
    """
    matched = match_headers(upload, CUSTOMER_WORDS, own=CUSTOMERS, model=Customer)
    keys = {header: header_key(header) for header in matched}
    partial = {header: _PARTIAL[key] for header, key in keys.items() if key in _PARTIAL}
    halves = {name for header, name in matched.items() if header not in partial}
    for header, half in partial.items():
        others = halves | {name for other, name in partial.items() if other != header}
        beside = {"first_name", "last_name"} - {half}
        matched[header] = half if beside <= others and half not in others else "name"
    return matched


def address_blocks(columns: Mapping[str, str | None]) -> list[dict[str, str | None]]:
    """The columns of each address that the file holds: what stands before or behind their words."""
    words = sorted(
        {header_key(name) for field in ADDRESS for name in (field, *_ADDRESS[field].split(", "))},
        key=len,
        reverse=True,
    )
    blocks: dict[str, dict[str, str | None]] = {}
    for header, field in columns.items():
        if field in ADDRESS:
            block = _block(header_key(header), words)
            blocks.setdefault(block, {})[header] = field
    return list(blocks.values())


def _block(key: str, words: Sequence[str]) -> str:
    """The key without the word of the address at its end or beginning."""
    if re.sub(r"\d", "", key) in words or key in words:
        return ""
    word = next((word for word in words if key.endswith(word)), "")
    if word:
        return key.removesuffix(word).removesuffix("address")
    return key.removeprefix(next((word for word in words if key.startswith(word)), ""))
