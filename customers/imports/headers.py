"""The names that other systems give a customer's fields, in English, Spanish, German and French."""

from collections.abc import Sequence

from core.imports.headers import header_key, match_headers

_NAMES = {
    "id": "customer id",
    "first_name": (
        "first, given name, forename, nombre de pila, primer nombre, nombres, vorname, prénom"
    ),
    "last_name": (
        "last, surname, family name, apellido, apellidos, nachname, familienname, nom de famille"
    ),
    "company_name": (
        "company, organisation, organization, business, empresa, compañía, razón social, firma, "
        "unternehmen, "
        "société, entreprise, raison sociale, firmenname"
    ),
    "is_business": "es empresa, geschäftskunde, professionnel",
    "email": (
        "e-mail, mail, email address, e-mail address, correo, correo electrónico, e-mail-adresse, "
        "courriel, "
        "adresse e-mail, adresse électronique, adresse mail"
    ),
    "phone": (
        "phone number, telephone, tel, telephone number, teléfono, número de teléfono, telefon, "
        "telefonnummer, téléphone, numéro de téléphone, rufnummer, mobile, mobile phone, cell, "
        "cell phone, móvil, celular, teléfono móvil, handy, handynummer, mobilnummer, portable, "
        "téléphone portable"
    ),
    "whatsapp_number": "whatsapp, número de whatsapp, whatsapp nummer, whatsapp phone",
    "alternative_phones": (
        "other phones, alternative phone, otros teléfonos, weitere telefonnummern, autres "
        "téléphones"
    ),
    "preferred_contact_method": "contact method, método de contacto, kontaktart, moyen de contact",
    "best_call_time": "best time to call, mejor hora para llamar, beste anrufzeit, meilleur moment",
    "avatar_url": "avatar, photo, foto, image",
    "gender": "sex, género, sexo, geschlecht, genre, sexe",
    "date_of_birth": (
        "birthday, birth date, birthdate, dob, fecha de nacimiento, cumpleaños, geburtsdatum, "
        "geburtstag, date de naissance, anniversaire"
    ),
    "street": (
        "street address, address, address line 1, address 1, dirección, calle, domicilio, straße, "
        "strasse, anschrift, adresse, rue"
    ),
    "city": "town, ciudad, población, localidad, municipio, stadt, ort, wohnort, ville, commune",
    "state": (
        "province, region, county, estado, provincia, región, bundesland, kanton, région, "
        "département"
    ),
    "postal_code": (
        "zip, zip code, postcode, post code, código postal, cp, plz, postleitzahl, code postal"
    ),
    "country": "país, land, pays",
    "latitude": "lat, latitud, breitengrad",
    "longitude": "lng, lon, longitud, längengrad",
    "property_value": "valor de la propiedad, immobilienwert, valeur du bien",
    "property_type": "tipo de propiedad, immobilienart, type de bien",
    "roof_age": "edad del techo, antigüedad del techo, dachalter, âge du toit",
    "roof_type": "tipo de techo, dachtyp, dachart, type de toit",
    "source": "original source, lead source, origen, fuente, quelle, herkunft, origine",
    "converted_from_lead_id": "lead id",
    "external_id": (
        "external, reference, customer number, customer no, referencia, número de cliente, id "
        "externo, "
        "kundennummer, kundennr, numéro de client, référence"
    ),
    "campaign": "campaña, kampagne, campagne",
    "referred_by": "referrer, referido por, empfohlen von, parrain",
    "is_referral_partner": "referral partner",
    "status": "estado del cliente, statut",
    "status_pinned": "",
    "segment": "segmento",
    "segment_pinned": "",
    "engagement": "",
    "engagement_pinned": "",
    "assigned_to": "owner, account owner, asignado a, responsable, zuständig, bearbeiter",
    "tags": "labels, etiquetas, schlagwörter, étiquettes",
    "notes": (
        "note, comments, comment, remarks, notas, comentarios, observaciones, notizen, "
        "bemerkungen, bemerkung, remarques, commentaires"
    ),
    "custom_fields": "",
    "is_blocked": "blocked, bloqueado, gesperrt, bloqué",
    "block_reason": "motivo de bloqueo, sperrgrund, raison du blocage",
    "nps_score": "nps",
    "satisfaction_rating": "rating, satisfaction, satisfacción, zufriedenheit",
    "customer_since": "since, cliente desde, kunde seit, client depuis",
    "notify_email": "email opt in, email notifications",
    "notify_sms": "sms opt in, sms notifications",
    "notify_push": "push notifications",
    "notify_whatsapp": "whatsapp notifications",
    "marketing_consent": "marketing opt in, marketing, newsletter",
    "language": "idioma, lengua, sprache, langue, locale",
    "contact_hours_start": "",
    "contact_hours_end": "",
    "accessibility_needs": "accessibility, accesibilidad, barrierefreiheit, accessibilité",
    "preferred_agent": "agente preferido",
    "preferred_outlet": "outlet, branch, sucursal, filiale, succursale",
    "preferred_categories": "",
    "preference_note": "",
    "name": (
        "full name, customer name, customer, nombre completo, nombre y apellidos, cliente, kunde, "
        "nom complet, client"
    ),
}

CUSTOMER_WORDS: dict[str, Sequence[str]] = {
    field: names.split(", ") if names else [] for field, names in _NAMES.items()
}
"""Field → the other names that it is known by; its own name always is one."""

_PARTIAL = {"nombre": "first_name", "name": "last_name", "nom": "last_name"}
"""
Words for the whole name that name one half of it in a file which has the other half beside it.
"""

_MOBILE = frozenset(
    map(
        header_key,
        [
            "mobile",
            "mobile phone",
            "cell",
            "cell phone",
            "móvil",
            "celular",
            "teléfono móvil",
            "handy",
        ],
    )
) | {header_key(name) for name in ("handynummer", "mobilnummer", "portable", "téléphone portable")}


def customer_columns(headers: Sequence[str]) -> dict[str, str | None]:
    """
    Header → the customer's field that it means (`name` is both names in one); None for columns that
    are left out.
    """
    matched = match_headers(headers, CUSTOMER_WORDS)
    keys = {header: header_key(header) for header in matched}
    for header, key in keys.items():
        if key in _PARTIAL:
            half = _PARTIAL[key]
            other = {"first_name": "last_name", "last_name": "first_name"}[half]
            has_other = other in matched.values() or any(
                _PARTIAL.get(name) == other for name in keys.values()
            )
            wanted = half if has_other else "name"
            matched[header] = wanted if wanted not in matched.values() else matched[header]
        elif (
            matched[header] is None
            and key in _MOBILE
            and "alternative_phones" not in matched.values()
        ):
            matched[header] = "alternative_phones"
    return matched
