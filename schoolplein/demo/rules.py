"""The house rules of the demo schools."""

from typing import Final

RULES: Final = """\
Zo gaan wij met elkaar om op Schoolplein.

1. Medewerkers schrijven berichten. Ouders reageren in de groep van hun eigen kind.
2. Op berichten aan de hele school kan niemand reageren.
3. Samen houden we het hier veilig. Wat buiten op het plein niet mag, mag hier ook niet.
4. Spreek elkaar met respect aan.
5. Wat u plaatst, ziet de hele groep meteen. U kunt het zelf niet meer wijzigen of weghalen.
6. Reageer alleen als de hele groep er iets aan heeft, of als er iets gevraagd wordt.
7. Denk aan de privacy van anderen: zet niets over een ander kind op het plein.
8. Deel foto's van school niet op sociale media.
9. Gebruik uw echte naam. Zo weet iedereen wie met wie praat.
10. Ziet u iets dat hier niet hoort? Laat het de school weten.
"""
