"""What the school as a whole writes, and what its teachers in every group write to the parents.

Beside what a text in `letters` can name there are `{morgen}`, the next school day, and `{directeur}`, the head.
"""

from typing import Final

from schoolplein.demo.letters import Letter

EVERY_GROUP: Final = (
    Letter(
        "Oudergesprekken",
        "In de week van {dag} zijn de oudergesprekken. We nemen tien minuten per kind. Kunt u overdag niet? Er is ook "
        "één avond. U krijgt een uitnodiging van school. Tot dan!\n\nGroetjes, {leerkracht}",
        (
            "Is het goed als we samen komen, met opa erbij om te vertalen?",
            "Voor ons liefst aan het eind van de middag.",
        ),
        "Neem gerust iemand mee. Ik hou rekening met de tijden.",
    ),
    Letter(
        "Fruit op woensdag",
        "Vanaf volgende week eten we op woensdag allemaal fruit of groente in de ochtendpauze. Geef uw kind een stuk "
        "fruit mee dat het zelf kan eten. Snoeptomaatjes en stukjes komkommer zijn ook favoriet.\n\nGroetjes, "
        "{leerkracht}",
        ("{kind} lust alleen mandarijn. Is dat ook goed?", "Goed idee."),
    ),
    Letter(
        "Wat een dag",
        "We hebben hard gewerkt in {groep} en daarom vandaag extra lang buiten gespeeld. Er is een hut gebouwd, een "
        "toernooi gehouden en één schoen zoekgeraakt (en teruggevonden). Vraag vooral wie hem vond.\n\n"
        "Groetjes, {leerkracht}",
        ("Dat verklaart de modder!", "{kind} kwam heel vrolijk thuis.", "Leuk om te lezen, dank u wel."),
    ),
    Letter(
        "Gevonden voorwerpen",
        "De bak is weer vol: zes mutsen, twee broodtrommels, een fluit en één rolschaats. Kom kijken voor {dag}. Wat "
        "er dan nog ligt, gaat naar de kringloopwinkel.\n\nGroetjes, {leerkracht}",
        ("De fluit is van {kind}. Ik had eigenlijk gehoopt dat hij weg was.",),
    ),
    Letter(
        "De klassenfoto",
        "Op {dag} maken we de klassenfoto van {groep}, buiten op de trap. Netjes hoeft niet, vrolijk wel. Wilt u niet "
        "dat uw kind op de foto staat? Stuur mij een bericht, dan mag het die ochtend de regisseur zijn.\n\n"
        "Groetjes, {leerkracht}",
        ("{kind} wil nu elke keer regisseur zijn.", "We trekken de vrolijkste trui aan."),
    ),
)

LATEST: Final = Letter(
    "Schooltuin",
    "Op {morgen} werken we de hele ochtend buiten in de schooltuin. Geef uw kind dus kleren mee die vies mogen "
    "worden, en een extra paar sokken. Het gaat ook door als het een beetje regent.\n\nGroetjes, {leerkracht}",
    ("Dank u wel voor de herinnering!",),
)

MISTAKEN: Final = Letter("Zwemles vervalt", "Let op: de zwemles van groep 5 vervalt op {dag}. De bus rijdt niet.")
"""Sent to the wrong group."""

REPORTING: Final = Letter(
    "Ziek melden gaat zo",
    "Beste ouders,\n\nIs uw kind ziek of komt het later? Meld het hier vóór 8.15 uur. De leerkracht ziet het "
    "meteen. Weet u nog niet hoe lang het duurt? Laat het einde dan leeg, en meld uw kind beter als het weer kan "
    "komen. Na 8.15 uur belt u ook even naar school.\n\n{directeur}",
)

WHOLE_SCHOOL: Final = (
    Letter(
        "Kort nieuws van de directie",
        "Beste ouders,\n\nHet plein bij de kleuters krijgt een nieuwe zandbak. Er wordt gewerkt vanaf {dag}; de "
        "ingang aan de zijkant is dan dicht. Gebruik zolang de hoofdingang. Bedankt voor uw geduld.\n\n{directeur}",
    ),
    Letter(
        "Veilig naar school",
        "Beste ouders,\n\nHet is druk met auto's bij de school, vooral tussen 8.20 en 8.30 uur. Kom als het kan "
        "lopend of met de fiets. Komt u toch met de auto? Parkeer dan op het plein bij de sporthal en niet op de "
        "stoep. Zo kan iedereen de kinderen goed zien.\n\n{directeur}",
    ),
    Letter(
        "Uw mening telt",
        "Beste ouders,\n\nDe medezeggenschapsraad vergadert op {dag}. Op de agenda staan de schooltijden en het "
        "overblijven. Wilt u iets meegeven? Spreek een lid van de raad aan op het plein. Dat mag in elke taal, we "
        "zoeken er iemand bij.\n\n{directeur}",
    ),
    REPORTING,
    Letter(
        "Hulp in de schoolbibliotheek",
        "Beste ouders,\n\nOnze schoolbibliotheek is weer elke dag open. Wij zoeken nog ouders die een uur per week "
        "boeken willen uitlenen en opruimen. U krijgt er koffie bij en een kaartje van elke klas aan het eind van het "
        "jaar. Geef u op aan de balie.\n\n{directeur}",
    ),
)

OF_THE_MONTH: Final = {
    1: Letter(
        "Een goed nieuw jaar",
        "Beste ouders,\n\nNamens het hele team wens ik u en uw kinderen een gezond en gelukkig nieuw jaar. We "
        "beginnen met een ontbijt in de klas. Fijn dat iedereen er weer is.\n\n{directeur}",
    ),
    2: Letter(
        "De rapporten gaan mee",
        "Beste ouders,\n\nIn de laatste week voor de voorjaarsvakantie krijgen de kinderen hun rapport mee. Lees het "
        "samen en zet uw handtekening op de laatste bladzijde. De map zien we na de vakantie graag "
        "terug.\n\n{directeur}",
    ),
    3: Letter(
        "De grote rekendag",
        "Beste ouders,\n\nDeze maand is het grote rekendag. Alle groepen meten, wegen en tellen door de hele school. "
        "Geef uw kind die dag een lege verpakking mee. Kom aan het eind van de dag gerust kijken.\n\n{directeur}",
    ),
    4: Letter(
        "De koningsspelen",
        "Beste ouders,\n\nWe ontbijten op school en sporten de hele ochtend op het veld. De kinderen komen in "
        "sportkleren, oranje mag. We zoeken nog ouders die een spel begeleiden; de lijst hangt bij de "
        "ingang.\n\n{directeur}",
    ),
    5: Letter(
        "Avondvierdaagse",
        "Beste ouders,\n\nDe avondvierdaagse komt eraan. Onze school loopt de 5 en de 10 kilometer. Kinderen uit "
        "groep 1 tot en met 4 lopen met een volwassene. Opgeven kan bij de ouderraad op het plein.\n\n{directeur}",
    ),
    6: Letter(
        "Zomerfeest",
        "Beste ouders,\n\nWe vieren het einde van het jaar met een zomerfeest op het plein. Alle families zijn "
        "welkom, met een gerecht om te delen. Er zijn een springkussen en muziek, en groep 8 verkoopt taart voor het "
        "kamp.\n\n{directeur}",
    ),
    7: Letter(
        "Fijne vakantie",
        "Beste ouders,\n\nHet jaar is bijna om. We zwaaien groep 8 uit op het plein en maken de klassen leeg. Kijk "
        "nog even bij de gevonden voorwerpen. Ik wens u een mooie zomer toe, dichtbij of ver weg.\n\n{directeur}",
    ),
    8: Letter(
        "Welkom terug",
        "Beste ouders,\n\nHet nieuwe schooljaar begint. Op de eerste dag mag u mee naar binnen om de klas te zien. De "
        "schooltijden zijn hetzelfde gebleven. We hebben er zin in!\n\n{directeur}",
    ),
    9: Letter(
        "Informatieavond",
        "Beste ouders,\n\nDeze maand is de informatieavond. De leerkracht vertelt wat uw kind dit jaar leert, en u "
        "ontmoet de andere ouders van de groep. Er is opvang voor kleine kinderen in de speelzaal.\n\n{directeur}",
    ),
    10: Letter(
        "Kinderboekenweek",
        "Beste ouders,\n\nDe Kinderboekenweek begint met een optreden op het plein. Elke ochtend leest iemand anders "
        "voor: een opa, de wijkagent, een kok. Op de laatste dag ruilen we boeken in de hal.\n\n{directeur}",
    ),
    11: Letter(
        "Sint-Maarten en Sinterklaas",
        "Beste ouders,\n\nDe lampionnen zijn klaar en hangen in de hal. Aan het eind van de maand mag elk kind een "
        "keer een schoen zetten op school. Groep 5 tot en met 8 trekt lootjes; een cadeau kost niet meer dan vijf "
        "euro.\n\n{directeur}",
    ),
    12: Letter(
        "Kerstdiner",
        "Beste ouders,\n\nIn de laatste week voor de vakantie eten we samen in de klas. Bij elke deur hangt een "
        "lijst: schrijf op welk hapje u maakt. Vertel erbij wat erin zit. Daarna drinken we warme chocolademelk op "
        "het plein.\n\n{directeur}",
    ),
}

AT_HET_KOMPAS: Final = (
    Letter(
        "Taxi en vervoer",
        "Komt uw kind met de taxi en is het ziek? Meld het dan hier én bij de vervoerder. Wij kunnen de taxi niet "
        "voor u afbellen.\n\nGroetjes, {leerkracht}",
        ("Duidelijk. Hebben we het goede telefoonnummer?",),
        "Het nummer staat voorin het heen-en-weerschrift.",
    ),
    Letter(
        "De moestuin",
        "Vandaag hebben we de eerste radijsjes geproefd. Niet iedereen was even enthousiast, maar iedereen durfde! Op "
        "{dag} nemen we een bosje mee naar huis.\n\nGroetjes, {leerkracht}",
        ("{kind} heeft er trots over verteld.", "We maken er een salade van."),
    ),
    Letter(
        "Rustig beginnen",
        "We beginnen de dag nu met een kwartier lezen of tekenen, met zachte muziek. Dat geeft rust. U kunt uw kind "
        "vanaf 8.20 uur brengen.\n\nGroetjes, {leerkracht}",
        ("Dat doet {kind} goed, merken we thuis ook.",),
    ),
)
