"""Who everybody is at the demo schools: the people with a story of their own, and names for all others."""

from dataclasses import dataclass
from typing import Final

from models import InformationRight


@dataclass(frozen=True, slots=True)
class Teacher:
    """Somebody who works at a school: how the children call them, and the groups that they teach."""

    name: str
    called: str
    groups: tuple[int, ...]
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Guardian:
    """Somebody who cares for a child, and what the school has granted them."""

    name: str
    email: str | None = None
    authority: bool = True
    right: InformationRight = InformationRight.FULL


@dataclass(frozen=True, slots=True)
class Family:
    """Children as given name, family name and group. A family is here whoever cares for the same children."""

    guardians: tuple[Guardian, ...]
    children: tuple[tuple[str, str, int], ...]
    named_in_labels: bool = True
    apart: bool = False
    """Whether the guardians come to talks each by themselves."""


@dataclass(frozen=True, slots=True)
class Cast:
    """One demo school and the people in it; the rest of its pupils are drawn by lot."""

    slug: str
    name: str
    contact_email: str
    phone: str
    head: Teacher
    staff: tuple[Teacher, ...]
    families: tuple[Family, ...]
    groups: tuple[tuple[str, int], ...]
    """Names, and how many pupils in each."""


HEAD: Final = Teacher("Marleen van den Berg", "Marleen", (), "directie@demo.example")
TEACHER: Final = Teacher("Bart Hendriks", "meester Bart", (5, 7), "leerkracht@demo.example")
PARENT: Final = Guardian("Mariam Haddad", "ouder@demo.example")
OTHER_PARENT: Final = Guardian("Peter de Vries", "ouder2@demo.example")

_AT_TWO_SCHOOLS: Final = Guardian("Sofia Marques")

DE_VLIEGER: Final = Cast(
    slug="de-vlieger",
    name="Basisschool De Vlieger",
    contact_email="info@de-vlieger.example",
    phone="030 000 00 10",
    head=HEAD,
    staff=(
        TEACHER,
        Teacher("Anouk Peeters", "juf Anouk", (1,)),
        Teacher("Nurcan Aydin", "juf Nurcan", (2,)),
        Teacher("Sanne de Boer", "juf Sanne", (3,)),
        Teacher("Rick Verhoeven", "meester Rick", (4,)),
        Teacher("Fatima El Amrani", "juf Fatima", (5,)),
        Teacher("Joyce Emanuels", "juf Joyce", (6,)),
        Teacher("Hanneke Wolters", "juf Hanneke", (7,)),
        Teacher("Dirk Postma", "meester Dirk", (8,)),
        Teacher("Ilse Kramer", "Ilse", ()),
    ),
    families=(
        Family(
            (PARENT, Guardian("Jeroen Visser")), (("Yara", "Visser", 2), ("Adam", "Visser", 5), ("Noor", "Visser", 8))
        ),
        Family((OTHER_PARENT, Guardian("Wendy de Vries")), (("Lars", "de Vries", 4),)),
        # A teacher who is a parent too.
        Family(
            (Guardian("Sanne de Boer"), Guardian("Tim Scholten")), (("Fenna", "Scholten", 1), ("Jip", "Scholten", 6))
        ),
        # Separated: the father has no parental authority, and is told what he asks for.
        Family(
            (
                Guardian("Linda Smit"),
                Guardian("Ronald Dekker", authority=False, right=InformationRight.ON_REQUEST),
            ),
            (("Mees", "Dekker", 3), ("Lotte", "Dekker", 6)),
        ),
        # Separated: both have authority, and the school tells each of them by themselves.
        Family(
            (Guardian("Karin Bos"), Guardian("Mehmet Yildirim")),
            (("Elif", "Yildirim", 5), ("Deniz", "Yildirim", 7)),
            apart=True,
        ),
        # The father's application is being looked at.
        Family(
            (Guardian("Joanna Kowalska"), Guardian("Marek Kowalski", right=InformationRight.PENDING)),
            (("Zofia", "Kowalska", 1),),
        ),
        # Lives with her grandmother, who has been made her guardian. Her name is kept out of the group.
        Family((Guardian("Riet van Dongen"),), (("Chantal", "van Dongen", 7),), named_in_labels=False),
        Family((_AT_TWO_SCHOOLS, Guardian("Bram Kuipers")), (("Inês", "Kuipers", 6),)),
        Family((Guardian("Priya Ramdin"), Guardian("Anil Ramdin")), (("Ravi", "Ramdin", 4), ("Asha", "Ramdin", 4))),
        Family((Guardian("Eline Mulder"), Guardian("Judith Hofman")), (("Pim", "Mulder", 2), ("Tess", "Mulder", 3))),
    ),
    groups=tuple((f"Groep {number}", size) for number, size in enumerate((22, 24, 26, 25, 27, 25, 26, 25), start=1)),
)

HET_KOMPAS: Final = Cast(
    slug="het-kompas",
    name="Het Kompas, speciaal basisonderwijs",
    contact_email="info@het-kompas.example",
    phone="030 000 00 20",
    head=Teacher("Gerard Bakker", "Gerard", ()),
    staff=(Teacher("Marit Jansma", "juf Marit", (1,)), Teacher("Samir Bouzid", "meester Samir", (2,))),
    families=(Family((_AT_TWO_SCHOOLS, Guardian("Bram Kuipers")), (("Tiago", "Kuipers", 2),)),),
    groups=(("Onderbouw", 9), ("Bovenbouw", 11)),
)


@dataclass(frozen=True, slots=True)
class Names:
    """Names that go together in many families; `weight` is how many of a hundred families have them."""

    weight: int
    family: str
    mothers: str
    fathers: str
    girls: str
    boys: str


NAMES: Final = (
    Names(
        62,
        "Jansen|de Jong|van Dijk|Bakker|Visser|Meijer|de Groot|Bosman|Vos|Peters|Hendriksen|van Leeuwen|Dekker|Brouwer|"
        "de Wit|Dijkstra|Smits|de Graaf|van der Meer|van der Linden|Kok|Jacobs|de Haan|Vermeulen|van den Heuvel|"
        "van der Veen|van den Broek|de Bruijn|van der Heijden|Schouten|van Beek|Willems|van Vliet|van de Ven|Hoekstra|"
        "Maas|Verbeek|Koster|van Dam|van der Wal|Prins|Blom|Huisman|Peeters|Kuiper|Veenstra|Postma|Martens|Gerritsen",
        "Marieke|Linda|Esther|Kim|Suzanne|Nienke|Femke|Ilona|Daphne|Lieke|Roos|Annemieke|Petra|Saskia|Maaike|Inge|"
        "Laura|Manon|Renate|Willemijn|Marloes|Carlijn|Judith|Sofie|Bianca",
        "Mark|Jeroen|Dennis|Martijn|Sander|Rob|Erik|Bas|Wouter|Niels|Pieter|Thijs|Joost|Maarten|Stefan|Arjan|Koen|"
        "Ruben|Gijs|Frank|Vincent|Jasper|Edwin|Marco|Hugo",
        "Emma|Julia|Mila|Tess|Sophie|Zoë|Saar|Evi|Lieke|Fleur|Nina|Lynn|Isa|Roos|Liv|Maud|Fenna|Lauren|Jasmijn|Anna|"
        "Eva|Noa|Vera|Sterre|Elin|Feline",
        "Noah|Sem|Liam|Lucas|Finn|Levi|Luuk|Mees|James|Milan|Daan|Bram|Sam|Jesse|Thijs|Teun|Hugo|Lars|Guus|Jens|Tijn|"
        "Stijn|Gijs|Siem|Ties|Floris",
    ),
    Names(
        10,
        "El Idrissi|Bouali|Amrani|Ziani|El Khattabi|Benali|Azzouzi|Haddou|Mansouri|Chaoui",
        "Samira|Naima|Khadija|Hanan|Loubna|Ikram|Soumaya|Nadia",
        "Mohamed|Rachid|Youssef|Said|Karim|Hicham|Abdel|Tarik",
        "Nour|Salma|Aya|Lina|Hafsa|Imane|Sara|Malak",
        "Ilyas|Amir|Rayan|Zakaria|Bilal|Mohammed|Anas|Ayoub",
    ),
    Names(
        9,
        "Yüksel|Kaya|Demir|Çelik|Şahin|Öztürk|Arslan|Doğan|Koç|Aksoy",
        "Ayşe|Emine|Zeynep|Hatice|Esra|Derya|Sevgi|Gül",
        "Murat|Ali|Hakan|Emre|Serkan|Yusuf|Kemal|Orhan",
        "Azra|Defne|Ela|Melis|Zehra|Ecrin|Nisa|Beyza",
        "Emir|Kerem|Mert|Yiğit|Eymen|Ömer|Can|Baran",
    ),
    Names(
        8,
        "Ramsaran|Baldew|Pinas|Kromosoeto|Wijdenbosch|Somohardjo|Martina|Soekhoe|Blijd|Jagroep",
        "Sharon|Melissa|Nalini|Cheryl|Sunita|Shanti|Jennifer|Maureen",
        "Kevin|Dwight|Ramon|Sunil|Clyde|Jerrel|Vishal|Orlando",
        "Naomi|Jaylinn|Anisha|Shreya|Chloë|Destiny|Kimora|Aaliyah",
        "Jayden|Dylano|Rishi|Xavi|Giovanni|Jairo|Kiran|Damian",
    ),
    Names(
        6,
        "Nowak|Wiśniewski|Popescu|Ivanov|Kovač|Petrov|Kamiński|Zieliński",
        "Agnieszka|Elena|Katarzyna|Ana|Magda|Irina|Ewa|Daria",
        "Piotr|Andrei|Tomasz|Ivan|Paweł|Mihai|Krzysztof|Nikola",
        "Maja|Hanna|Alicja|Sofia|Oliwia|Daria|Mia|Lena",
        "Jakub|Filip|Antoni|Luka|Oskar|Matei|Kuba|Adrian",
    ),
    Names(
        2,
        "Al Hassan|Habibi|Osman|Khan|Rahimi|Darwish",
        "Rania|Amina|Ayesha|Maryam|Hala",
        "Omar|Farid|Imran|Bassam|Khaled",
        "Layla|Zara|Hiba|Maryam|Jana",
        "Yousef|Ibrahim|Idris|Hamza|Elias",
    ),
    Names(
        2,
        "Okafor|Mensah|Tesfay|Boateng|Haile|Owusu",
        "Grace|Abena|Selam|Comfort|Helen",
        "Samuel|Kwame|Yonas|Daniel|Emmanuel",
        "Amara|Esi|Ruth|Blessing|Feven",
        "David|Kofi|Natan|Joshua|Caleb",
    ),
    Names(
        1,
        "Nguyen|Wang|Tran|Chen",
        "Linh|Mei|Thu|Lan",
        "Minh|Wei|Hai|Jun",
        "Mai|Yuna|Lin|Anh",
        "Kai|Leo|An|Bao",
    ),
)
