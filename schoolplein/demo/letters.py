"""What teachers write to parents, and what parents answer: in plain Dutch, by the age of the group.

In a text `{dag}` is a school day soon after, `{groep}` the group, `{leerkracht}` who writes, and in an answer
`{kind}` the child of who answers.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Letter:
    """A post, the answers of parents under it, and what the teacher says last."""

    title: str
    body: str
    answers: tuple[str, ...] = ()
    reply: str = ""
    comments_open: bool = True


YOUNG: Final = (
    Letter(
        "Ons thema: de bakker",
        "In de klas is een echte bakkerij geopend! De kinderen bakken broodjes van klei, schrijven bestellijstjes en "
        "betalen met zelfgemaakt geld. Heeft u thuis lege meel- of eierdozen? Die kunnen we goed gebruiken. U kunt ze "
        "'s ochtends in de krat bij de deur zetten.\n\nGroetjes, {leerkracht}",
        (
            "{kind} speelt nu elke dag bakkertje thuis. Ik heb al twaalf broodjes gekocht!",
            "Ik breng morgen een tas vol eierdozen mee.",
            "Wij hebben nog een oude weegschaal. Is die ook handig?",
        ),
        "Een weegschaal is precies wat we nog missen. Graag!",
    ),
    Letter(
        "Reservekleren",
        "De tas met reservekleren is bijna leeg. Wilt u uw kind een setje meegeven in een plastic zak met de naam "
        "erop? Een broek, ondergoed en sokken is genoeg. Heeft u nog kleren van school thuis liggen? Dan krijgen we "
        "die graag gewassen terug.\n\nGroetjes, {leerkracht}",
        ("Goed dat u het zegt, er ligt hier nog een broek van school.", "Zit morgen in de tas van {kind}."),
    ),
    Letter(
        "Letter van de week",
        "Deze week leren we de letter s. Van slak, sok en soep! Uw kind mag iets meenemen van thuis dat met deze "
        "letter begint. Het mag op de lettertafel staan tot {dag}. Liever niets dat stuk kan.\n\nGroetjes, "
        "{leerkracht}",
        (
            "{kind} wil onze schildpad meenemen. Ik heb gezegd dat het een knuffel wordt.",
            "Hier was het spaghetti. Ongekookt, gelukkig.",
        ),
        "Een knuffelschildpad is van harte welkom.",
    ),
    Letter(
        "Hulp gevraagd bij het spelletjesuur",
        "Op {dag} van 10.30 tot 11.30 uur houden we een spelletjesuur. We zoeken vier ouders, opa's of oma's die bij "
        "een tafel willen zitten. U hoeft niets voor te bereiden. Laat hieronder weten of u kunt.\n\nGroetjes, "
        "{leerkracht}",
        (
            "Ik kan wel! Gezellig.",
            "De oma van {kind} komt graag helpen.",
            "Ik moet helaas werken, een volgende keer doe ik mee.",
            "Zet mij er ook maar bij.",
        ),
        "Dank u wel allemaal, we zijn compleet!",
    ),
    Letter(
        "Jassen en tassen",
        "De kinderen doen steeds meer zelf. Knap! U helpt ons als er een lusje aan de jas zit en als de naam in de "
        "jas en op de broodtrommel staat. Er liggen nu drie dezelfde blauwe wanten bij ons in de kast.\n\nGroetjes, "
        "{leerkracht}",
        ("Eén van die wanten is van {kind}. De andere ligt thuis.",),
    ),
    Letter(
        "Naar de kinderboerderij",
        "Op {dag} lopen we met {groep} naar de kinderboerderij. We gaan om 9.15 uur weg en zijn voor de lunch terug. "
        "Trek uw kind laarzen aan en kleren die vies mogen worden. Er lopen per vijf kinderen een volwassene "
        "mee.\n\nGroetjes, {leerkracht}",
        (
            "{kind} vraagt of de geitjes ook mee terug mogen.",
            "Ik loop graag mee.",
            "Is er ook iets te eten voor {kind}? Die heeft om tien uur altijd honger.",
        ),
        "We nemen fruit en water mee voor iedereen. De geitjes blijven daar.",
    ),
    Letter(
        "Een nieuwe in de klas",
        "Vanaf {dag} hebben we een nieuw konijn in de klas. De kinderen mogen samen een naam bedenken. Is uw kind "
        "allergisch voor konijnen? Stuur mij dan even een bericht, dan zoeken we een oplossing.\n\nGroetjes, "
        "{leerkracht}",
        ("{kind} stemt voor Stampertje!", "Hier is de keus gevallen op Pannenkoek.", "Wat leuk, we zijn benieuwd."),
        "Het is Pannenkoek geworden, met negen stemmen.",
    ),
    Letter(
        "Liedjes om thuis te zingen",
        "De kinderen leren deze weken drie nieuwe liedjes, over rijmen en tellen. Vraag uw kind om er één voor te "
        "zingen. Van zingen leer je woorden, in welke taal dan ook. Kent u een liedje van vroeger uit uw eigen taal? "
        "Kom het ons leren!\n\nGroetjes, {leerkracht}",
        (
            "Ik wil wel een Arabisch liedje komen zingen, als ik niet alleen hoef.",
            "Ze zingen het hier de hele dag. Echt de hele dag.",
            "Mijn moeder kent een Surinaams slaapliedje. Ik vraag het haar.",
        ),
        "Wat fijn! Ik spreek u aan bij de deur.",
    ),
)

MIDDLE: Final = (
    Letter(
        "Topografie: de provincies",
        "We leren de twaalf provincies en hun hoofdsteden. De toets is op {dag}. Uw kind heeft vandaag een kaart en "
        "een oefenblad mee naar huis gekregen. Tien minuten per dag oefenen werkt beter dan een uur op de laatste "
        "avond.\n\nGroetjes, {leerkracht}",
        (
            "{kind} kent ze al bijna. Alleen Assen blijft lastig.",
            "Wij oefenen in de auto. Ik leer het zelf ook weer.",
            "Is er ook een plek om online te oefenen?",
        ),
        "Ja, op de pagina van de methode. De code staat op het oefenblad.",
    ),
    Letter(
        "De tafels",
        "De tafels van 1 tot en met 5 en van 10 zitten er bij de meeste kinderen goed in. We gaan nu verder met 6, 7 "
        "en 8. Overhoren aan tafel of op de fiets helpt echt. Wie een tafel kent, mag hem bij mij opzeggen en "
        "verdient een stempel.\n\nGroetjes, {leerkracht}",
        (
            "{kind} wil alles van 7 op de trap opzeggen, elke tree één som.",
            "Goede tip van die trap, gaan wij ook doen!",
        ),
    ),
    Letter(
        "Boekbespreking",
        "Vanaf volgende week houden de kinderen een boekbespreking. Ze kiezen zelf een boek, vertellen waar het over "
        "gaat en lezen een stukje voor. Vijf minuten is genoeg. Het rooster hangt bij de deur van "
        "{groep}.\n\nGroetjes, {leerkracht}",
        (
            "{kind} wil er een over dinosaurussen doen. Mag een informatief boek ook?",
            "Op welke dag is {kind} aan de beurt?",
            "Mag het ook een stripboek zijn?",
        ),
        "Alle boeken mogen, strips ook. Het rooster gaat morgen mee naar huis.",
    ),
    Letter(
        "Gymspullen",
        "We gymmen op dinsdag en vrijdag. De laatste weken hadden best veel kinderen geen gymschoenen bij zich. Geef "
        "ze mee met de naam erin, ze mogen in de klas blijven staan tot de vakantie. Geen zwarte zolen "
        "alstublieft.\n\nGroetjes, {leerkracht}",
        ("De schoenen van {kind} zijn te klein geworden. We gaan zaterdag nieuwe kopen.",),
    ),
    Letter(
        "Excursie naar het museum",
        "Op {dag} gaan we met de bus naar het museum. We doen daar een speurtocht over de Romeinen. De kinderen nemen "
        "zelf eten en drinken mee in een rugzak, geen geld. We zijn om 14.30 uur terug. We zoeken nog twee ouders die "
        "mee willen.\n\nGroetjes, {leerkracht}",
        (
            "Ik ga graag mee!",
            "Ik kan ook, als er nog plek is.",
            "{kind} praat over niets anders meer. Bedankt voor de moeite!",
            "Mijn broodtrommel staat al klaar, zegt {kind}.",
        ),
        "Fijn, dan hebben we genoeg begeleiders. We hebben er zin in!",
    ),
    Letter(
        "Luizencontrole",
        "Bij de controle van deze week zijn bij een paar kinderen neten gevonden. Wilt u het haar van uw kind thuis "
        "nakijken en twee weken lang elke dag kammen? Op {dag} controleren we nog een keer. Het overkomt iedereen, "
        "praat er gerust over.\n\nGroetjes, {leerkracht}",
        comments_open=False,
    ),
    Letter(
        "Spreekbeurt met een gast",
        "Vandaag kwam een echte imker in de klas vertellen over bijen, met pak en al. De kinderen mochten honing "
        "proeven van drie soorten bloemen. Wat stelden ze goede vragen! Heeft u ook een beroep of hobby waar u over "
        "wilt vertellen? U bent welkom.\n\nGroetjes, {leerkracht}",
        (
            "{kind} wil nu bijen op het balkon. Dank u wel, meester en juf.",
            "Ik rij op de ambulance en wil wel een keer langskomen.",
            "Wat een leuk idee. Ik ben tandarts, maar dat vinden ze misschien minder leuk.",
        ),
        "Ambulance én tandarts, allebei heel graag! Ik stuur u een berichtje.",
    ),
    Letter(
        "Lezen, lezen, lezen",
        "In de klas lezen we elke dag twintig minuten stil. Elk kind heeft een boek van school in zijn la. Is uw kind "
        "lid van de bibliotheek? Dat is gratis tot 18 jaar. Voorlezen blijft fijn, ook als kinderen het zelf al "
        "kunnen.\n\nGroetjes, {leerkracht}",
        (
            "Welke serie raadt u aan voor {kind}?",
            "Wij lezen om de beurt een bladzijde. Werkt hier heel goed.",
        ),
        "Ik geef uw kind morgen een paar tips mee, op een briefje.",
    ),
)

OLD: Final = (
    Letter(
        "Werkstuk over een land",
        "De kinderen maken een werkstuk over een land dat ze zelf kiezen. Ze werken er op school aan en een beetje "
        "thuis. Op {dag} leveren ze het plan in: drie vragen en een inhoudsopgave. Help gerust met zoeken, maar laat "
        "uw kind het zelf schrijven.\n\nGroetjes, {leerkracht}",
        (
            "{kind} heeft Marokko gekozen en belt nu elke avond met opa.",
            "Mag het ook over een land dat niet meer bestaat?",
            "Moet het getypt zijn, of mag het ook met de hand?",
        ),
        "Getypt of met de hand mag allebei. En een land van vroeger vind ik een goed plan!",
    ),
    Letter(
        "Verkeersexamen: oefenen op straat",
        "We oefenen met de fiets voor het verkeersexamen. Neem op {dag} een fiets mee die werkt: remmen, bel en "
        "licht. We controleren alle fietsen om 9.00 uur op het plein. Heeft uw kind geen fiets? Laat het weten, we "
        "hebben er een paar te leen.\n\nGroetjes, {leerkracht}",
        (
            "De rem van {kind} is net gemaakt. We zijn er klaar voor.",
            "Kan {kind} een fiets lenen? Die van ons is gestolen.",
            "Ik wil wel bij een kruispunt staan met een hesje.",
        ),
        "Lenen kan zeker, de fiets staat klaar. En graag tot {dag} bij het kruispunt!",
    ),
    Letter(
        "Telefoons in de klas",
        "Telefoons en horloges met internet gaan bij het begin van de dag in de bak en aan het eind van de dag weer "
        "mee. Dat geldt voor iedereen, ook voor mij. Wilt u uw kind overdag iets laten weten? Bel dan naar "
        "school.\n\nGroetjes, {leerkracht}",
        (
            "Heel blij mee, dank u wel.",
            "Helder. Kan {kind} in de pauze wel naar huis bellen als er iets is?",
        ),
        "Altijd. Dat doen we dan samen met de telefoon van school.",
    ),
    Letter(
        "Klassenavond",
        "Op {dag} blijven we tot 19.30 uur op school voor onze klassenavond. We koken samen pasta en doen daarna een "
        "quiz. Iedereen neemt een bord en bestek mee. Eet uw kind iets niet? Zet het hieronder of stuur mij een "
        "bericht.\n\nGroetjes, {leerkracht}",
        (
            "{kind} eet geen vlees, verder alles.",
            "Bij {kind} graag zonder kaas.",
            "Zal ik een grote pan lenen? Wij hebben er een van twintig liter.",
            "Ik maak wel een salade voor erbij.",
        ),
        "Ik heb alles opgeschreven. De pan lenen we heel graag!",
    ),
    Letter(
        "Toetsweek",
        "Volgende week maken de kinderen de toetsen van het leerlingvolgsysteem. Oefenen hoeft niet. Goed slapen, "
        "goed ontbijten en op tijd komen helpt het meest. De uitslag bespreken we met u in het volgende "
        "gesprek.\n\nGroetjes, {leerkracht}",
        ("{kind} is een beetje zenuwachtig. Fijn dat u er zo rustig over bent.",),
        "We maken het niet te spannend. Er is elke dag extra tijd om buiten te spelen.",
    ),
    Letter(
        "Ons eigen nieuws",
        "De redactie van {groep} heeft het eerste nummer van de klassenkrant af. Er staan een interview met de "
        "conciërge in, een recept voor bara en een verslag van het voetbaltoernooi. Elk kind krijgt er {dag} een mee "
        "naar huis.\n\nGroetjes, {leerkracht}",
        (
            "Het interview is echt grappig geworden!",
            "Trots op {kind} en de hele redactie.",
            "Wanneer komt nummer twee?",
        ),
        "Nummer twee komt na de volgende vakantie. De puzzelpagina zoekt nog makers.",
    ),
    Letter(
        "Een open gesprek",
        "In de groep hebben we gepraat over buitensluiten, ook in groepsapps. De kinderen waren eerlijk en luisterden "
        "naar elkaar. We hebben samen drie afspraken gemaakt. Vraag thuis welke dat zijn. Maakt u zich zorgen? Loop "
        "binnen of bel mij.\n\nGroetjes, {leerkracht}",
        ("Dank u wel dat u hier aandacht aan geeft.", "We hebben er aan tafel een goed gesprek over gehad."),
    ),
    Letter(
        "Techniekles",
        "Met karton, rietjes en een elastiek bouwden de kinderen vandaag een auto die zelf rijdt. De winnaar haalde "
        "elf meter! Voor de volgende les zoeken we lege petflessen en oude fietsbanden. Geef ze mee tot "
        "{dag}.\n\nGroetjes, {leerkracht}",
        (
            "{kind} heeft thuis meteen een tweede gebouwd.",
            "Ik heb een fietsenwinkel, er komen tien banden jullie kant op.",
        ),
        "Tien! Daar kunnen we wel een brug van maken. Dank u wel.",
    ),
)
