"""Word lists that demo people, places and work are made of."""


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FEMALE = words(
    "Abigail Aaliyah Alice Amanda Amelia Amina Andrea Angela Anika Anna Ashley Barbara Beatriz "
    "Bianca Brenda Brianna Camila Carla Carol Catherine Chloe Christine Claire Danielle Deborah "
    "Denise Diana Donna Elena Elizabeth Emily Emma Erica Esther Fatima Gabriela Grace Hannah "
    "Heather Helen Imani Ingrid Irene Jada Janelle Jasmine Jennifer Joanna Joyce Julia Karen "
    "Katherine Keisha Kimberly Latoya Laura Layla Leah Linda Lisa Lucia Magdalena Margaret Maria "
    "Mariam Marta Melissa Mia Michelle Monique Nadia Naomi Natalie Nicole Nina Noor Olivia "
    "Patricia Priya Rachel Rebecca Renée Rosa Ruth Samantha Sandra Shannon Sofia Sonia Stephanie "
    "Susan Tamara Tanya Teresa Tiffany Valerie Vanessa Veronica Victoria Wanda Yasmin Yolanda "
    "Yvonne Zainab Zoë"
)
MALE = words(
    "Aaron Abdul Adam Ahmed Alan Albert Alexander Ali Andre Andrew Anthony Arjun Arthur Benjamin "
    "Brandon Brian Calvin Carlos Charles Christopher Clarence Curtis Daniel Darnell David "
    "Demetrius Dennis Derek Diego Dominic Donald Douglas Edward Elijah Eric Ethan Francis Frank "
    "Gary George Gerald Gregory Hassan Henry Hugo Ibrahim Isaac Ivan Jacob Jamal James Jason "
    "Javier Jeffrey Jerome Jesús Joel Jonathan Jorge José Joseph Joshua Juan Karim Keith Kenneth "
    "Kevin Khalid Kyle Lamar Larry Lawrence Leon Liam Lucas Luis Malik Marcus Mario Mark Matthew "
    "Michael Miguel Mohamed Nathan Nicholas Noah Omar Oscar Patrick Paul Peter Philip Rafael "
    "Raymond Richard Robert Roger Ronald Russell Ryan Samuel Scott Stanley Stephen Terrence Thomas "
    "Timothy Tyrone Victor Vincent Walter William Xavier Yusuf Zachary"
)
LAST = words(
    "Abbott Abdullah Adams Agarwal Alexander Alvarez Anderson Armstrong Bailey Baker Banks Barnes "
    "Bauer Beaumont Beck Bell Bennett Berry Bielski Bishop Blackwell Booker Bowman Boyd Bradley "
    "Brooks Brown Bryant Burke Burns Butler Byrd Campbell Carlson Carpenter Carter Castillo "
    "Chambers Chandra Chapman Chávez Clark Coleman Collins Conrad Cooper Cox Crawford Cruz "
    "Cunningham Daniels Davidson Davis Dawson Delgado Desai Díaz Dixon Dombrowski Douglas Duncan "
    "Dunn Edwards Ellis Evans Farah Ferguson Fernandez Fischer Fisher Fleming Fletcher Ford Foster "
    "Fox Franklin Freeman Garcia Gardner Gibson Gómez González Goodman Graham Grant Graves Green "
    "Griffin Gupta Haddad Hall Hamilton Hansen Harper Harris Harrison Hart Hassan Hawkins Hayes "
    "Henderson Hernandez Hicks Hill Hoffman Holland Holmes Howard Hudson Hughes Hunter Hussein "
    "Ibrahim Jablonski Jackson Jacobs James Jenkins Jensen Jimenez Jordan Kaminski Kaplan Kaur "
    "Keller Kelley Kennedy Khan Kim King Kowalski Kozlowski Kramer Kumar Lambert Larson Lawson Lee "
    "Lewandowski Lewis Little Long Lopez Lynch Malinowski Marshall Martin Martínez Mason Matthews "
    "Maxwell May McCarthy McCoy McDonald Mendoza Meyer Miller Mills Mitchell Mohammed Montgomery "
    "Moore Morales Morgan Morris Morrison Müller Murphy Murray Myers Nelson Newman Nguyen Norris "
    "Novak Nowicki O’Brien O’Connor Oliver Olson Ortiz Owens Palmer Parker Patel Patterson Pawlak "
    "Payne Perez Perkins Perry Peters Peterson Phillips Pierce Piotrowski Porter Powell Price "
    "Quinn Rahman Ramirez Ramos Reed Reyes Reynolds Rice Richards Richardson Riley Rivera Roberts "
    "Robinson Rodriguez Rogers Romano Rose Ross Rossi Russell Ryan Salazar Saleh Sanchez Sanders "
    "Santiago Schmidt Schneider Schultz Scott Shah Sharma Shaw Silva Simmons Simpson Singh Snyder "
    "Sokolowski Spencer Stephens Stevens Stewart Stone Sullivan Szymanski Taylor Thomas Thompson "
    "Torres Tran Tucker Turner Vargas Vasquez Wagner Walker Wallace Walsh Ward Warren Washington "
    "Watkins Watson Weaver Webb Weber Weiss Wells West Wheeler White Williams Willis Wilson "
    "Wisniewski Wojcik Wood Wright Young Zielinski"
)
NICKNAMES = {
    "Abigail": "Abby",
    "Andrew": "Andy",
    "Anthony": "Tony",
    "Benjamin": "Ben",
    "Catherine": "Cathy",
    "Christopher": "Chris",
    "Daniel": "Dan",
    "Deborah": "Debbie",
    "Elizabeth": "Liz",
    "Gregory": "Greg",
    "Jennifer": "Jenny",
    "Jonathan": "Jon",
    "Joseph": "Joe",
    "Katherine": "Kathy",
    "Kimberly": "Kim",
    "Margaret": "Maggie",
    "Matthew": "Matt",
    "Michael": "Mike",
    "Nicholas": "Nick",
    "Patricia": "Pat",
    "Rebecca": "Becky",
    "Richard": "Rick",
    "Robert": "Bob",
    "Samuel": "Sam",
    "Stephanie": "Steph",
    "Susan": "Sue",
    "Thomas": "Tom",
    "William": "Bill",
}

CITIES = (
    (
        "Detroit",
        42.3834,
        -83.1024,
        ("48201", "48202", "48207", "48214", "48219", "48221", "48226", "48235"),
    ),
    ("Dearborn", 42.3223, -83.1763, ("48120", "48124", "48126", "48128")),
    ("Livonia", 42.3684, -83.3527, ("48150", "48152", "48154")),
    ("Warren", 42.4932, -83.0277, ("48088", "48089", "48091", "48092", "48093")),
    ("Sterling Heights", 42.5803, -83.0302, ("48310", "48312", "48313", "48314")),
    ("Troy", 42.5803, -83.1431, ("48083", "48084", "48085", "48098")),
    ("Southfield", 42.4734, -83.2219, ("48033", "48034", "48075", "48076")),
    ("Royal Oak", 42.4895, -83.1446, ("48067", "48073")),
    ("Birmingham", 42.5467, -83.2113, ("48009",)),
    ("Bloomfield Hills", 42.5837, -83.2455, ("48301", "48302", "48304")),
    ("Farmington Hills", 42.4990, -83.3677, ("48331", "48334")),
    ("Novi", 42.4806, -83.4755, ("48374", "48375", "48377")),
    ("Canton", 42.3086, -83.4822, ("48187", "48188")),
    ("Ann Arbor", 42.2808, -83.7430, ("48103", "48104", "48105", "48108")),
    ("Westland", 42.3242, -83.4002, ("48185", "48186")),
    ("Taylor", 42.2409, -83.2697, ("48180",)),
    ("Rochester Hills", 42.6584, -83.1499, ("48307", "48309")),
    ("Pontiac", 42.6389, -83.2910, ("48340", "48341", "48342")),
    ("St. Clair Shores", 42.4974, -82.8964, ("48080", "48081", "48082")),
    ("Grosse Pointe", 42.3862, -82.9119, ("48230", "48236")),
    ("Ferndale", 42.4606, -83.1346, ("48220",)),
    ("Plymouth", 42.3714, -83.4702, ("48170",)),
    ("Northville", 42.4311, -83.4833, ("48167", "48168")),
)
"""Name, latitude, longitude, postal codes."""

STREETS = tuple(
    name.replace("_", " ")
    for name in words(
        "Maple_Street Oak_Street Elm_Street Cedar_Lane Birch_Court Chestnut_Avenue Walnut_Drive "
        "Sycamore_Street Willow_Way Hickory_Lane Linden_Avenue Hawthorne_Road Juniper_Court "
        "Magnolia_Drive Orchard_Road Meadow_Lane Ridge_Road Valley_Drive Lake_Street River_Road "
        "Harbor_Drive Mill_Street Church_Street School_Street Park_Avenue Washington_Avenue "
        "Lincoln_Street Jefferson_Avenue Madison_Street Monroe_Avenue Franklin_Road Adams_Road "
        "Livernois_Avenue Rochester_Road Woodward_Avenue Telegraph_Road Northwestern_Highway "
        "Inkster_Road Middlebelt_Road Farmington_Road Schoolcraft_Road Evergreen_Road Lahser_Road "
        "Greenfield_Road Coolidge_Highway Crooks_Road Dequindre_Road Ryan_Road Mound_Road "
        "Hayes_Road Kelly_Road Harper_Avenue Mack_Avenue"
    )
)
AREA_CODES = (
    "248",
    "313",
    "586",
    "734",
    "810",
    "517",
    "947",
    "616",
    "269",
    "989",
    "231",
    "906",
    "679",
    "419",
    "567",
)
MAIL_DOMAINS = (
    "greatlakes.example",
    "mitten.example",
    "postbox.example",
    "homemail.test",
    "bluewater.test",
    "fivelakes.example",
)
BUSINESS_KINDS = (
    "Properties",
    "Apartments",
    "Management",
    "Bakery",
    "Dental Group",
    "Auto Service",
    "Church",
    "Realty",
    "Storage",
    "Grill",
)
COMPANY_FORMS = ("LLC", "Inc.", "& Sons", "Group")

SOURCES = (
    "google_ads",
    "google_ads",
    "website_form",
    "website_form",
    "website",
    "referral",
    "referral",
    "social_media",
    "whatsapp",
    "yard_sign",
    "home_show",
    "door_hanger",
)
CAMPAIGNS = ("spring-inspection", "storm-season", "gutter-week", "winter-ready", "neighbour-bonus")
TAGS = (
    "storm-damage",
    "insurance-claim",
    "financing",
    "warranty",
    "senior-discount",
    "commercial",
    "hoa",
    "newsletter",
    "priority",
    "solar-interest",
    "metal-roof",
    "gate-code",
)
PROPERTY_TYPES = (
    "single_family",
    "single_family",
    "single_family",
    "townhouse",
    "condo",
    "duplex",
    "farmhouse",
)
ROOF_TYPES = (
    "asphalt_shingle",
    "asphalt_shingle",
    "asphalt_shingle",
    "metal",
    "cedar_shake",
    "slate",
    "flat_membrane",
    "clay_tile",
)
CONTACT_METHODS = ("phone", "phone", "email", "sms", "whatsapp")
CALL_TIMES = ("mornings", "afternoons", "evenings", "weekends", "any time", "")
BLOCK_REASONS = (
    "Repeated missed payments",
    "Abusive language on the phone",
    "Asked not to be contacted",
)
CUSTOMER_NOTES = (
    "Prefers a text before anyone comes by.",
    "Dog in the yard; ring first.",
    "Steep rear slope, needs roof jacks.",
    "Working with the insurer on the hail claim.",
    "Comparing three quotes.",
    "Wants to match the neighbours’ shingle colour.",
    "Ask for the gate code at the desk.",
    "Two chimneys, flashing replaced once already.",
)

SERVICES = (
    ("Roof inspection", "Inspection", 60, "0.00"),
    ("Drone roof survey", "Inspection", 45, "149.00"),
    ("Leak diagnosis", "Repair", 90, "95.00"),
    ("Shingle repair visit", "Repair", 120, "320.00"),
    ("Gutter cleaning", "Maintenance", 90, "180.00"),
    ("Estimate at home", "Sales", 60, "0.00"),
    ("Annual maintenance visit", "Maintenance", 120, "249.00"),
)
"""Name, category, minutes, price."""

PROJECT_NAMES = {
    "roof_replacement": "Roof replacement",
    "repair": "Roof repair",
    "inspection": "Roof inspection",
    "maintenance": "Maintenance plan",
    "gutters": "New gutters",
    "siding": "Siding",
    "other": "Skylight installation",
}
INTERACTIONS = (
    ("phone_call", "positive", "Went through the estimate; wants to go ahead."),
    ("phone_call", "neutral", "Asked about financing over 24 months."),
    ("phone_call", "no_answer", "No answer, will try again."),
    ("phone_call", "voicemail", "Left a message about the inspection report."),
    ("phone_call", "follow_up", "Call back after the insurer’s visit."),
    ("email", "neutral", "Sent the inspection report with photographs."),
    ("email", "positive", "Signed contract came back."),
    ("sms", "neutral", "Confirmed the crew’s arrival for tomorrow morning."),
    ("whatsapp", "positive", "Sent pictures of the finished ridge; very happy."),
    ("meeting", "positive", "Chose the shingle colour at the showroom."),
    ("video_call", "neutral", "Explained the difference between the two underlayments."),
    ("site_visit", "neutral", "Measured the roof; some soft decking on the north side."),
    ("site_visit", "negative", "Unhappy about nails left in the driveway; sent the magnet sweep."),
    ("note", "", "Neighbour two doors down asked for a card."),
)
"""Type, outcome, notes."""

CONVERSATIONS = (
    (
        "Leak in the upstairs ceiling",
        (
            (
                "There is a stain on the bedroom ceiling since last night’s rain.",
                "Sorry to hear it. Can you send a photograph?",
            ),
            (
                "Sent. It is about the size of a plate.",
                "Thank you. We can have someone there tomorrow morning.",
            ),
            (
                "Tomorrow works, after nine please.",
                "Booked for 9:30. Please keep the room clear below the stain.",
            ),
        ),
    ),
    (
        "Question about the estimate",
        (
            (
                "Does the estimate include removing the old shingles?",
                "Yes, tear-off and disposal are included.",
            ),
            ("And new flashing around the chimney?", "That too, in the line called accessories."),
        ),
    ),
    (
        "Date of the inspection",
        (
            ("Could we move the inspection to next week?", "Of course. Would Wednesday suit you?"),
            ("Wednesday is fine.", "Done, you will get a confirmation."),
        ),
    ),
    (
        "Warranty papers",
        (
            ("I can’t find the warranty certificate.", "I will send you a copy by e-mail today."),
            ("Got it, thanks!", "Glad to help."),
        ),
    ),
    (
        "Invoice",
        (
            (
                "The invoice shows the deposit as unpaid, but I paid by card.",
                "Let me check with accounting.",
            ),
            ("Any news?", "The payment is there now; a corrected invoice is on its way."),
        ),
    ),
)
"""Subject, pairs of an inbound message and its answer."""

CITY_ORGANIZATIONS = ("Roofing", "Exteriors", "Home Services", "Gutters & Siding", "Restoration")

FOLLOW_UPS = (
    "Call back about the estimate",
    "Send the warranty papers",
    "Ask how the repair holds up",
    "Agree on a day for the inspection",
    "Send photos of the finished roof",
    "Ask for a review",
    "Check whether the insurer has answered",
)
