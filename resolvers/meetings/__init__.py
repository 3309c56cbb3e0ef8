"""Meetings: rounds of conversations from set-up to the shared report (R8, domain f4).

    rounds      a round is made, announced when there is room for everybody, cancelled
    windows     when hosts are there, and how that is cut into `slots`; in a round that is there, `agendas`
    hosting     a host is away, or replaced
    inviting    tickets: who may come to one talk; `tickets`: what the school marks on them;
                `parties`: who comes together, and who comes no more
    bookings    booked, moved, cancelled: all of what is asked, or nothing; `talks`: where a talk can be
    wishes      what families do besides: decline, wait, answer an offer; `waiting`: who is next, `offering`: how long
    bundles     the best adjacent times for several children, from what `suggesting` finds free
    notes       what a host keeps for themselves, and what is shared
    calendar    bookings as iCalendar; `letters` and `reminders` by mail
    purging     what is kept, and for how long

Nobody is ever in two places: that is held by the database (models.bookings). Whoever books locks the pupils in one
order, then shares the round; whoever plans takes the round alone. So nothing that is planned changes under a booking,
and of two bookings the exclusion constraint lets one through.
"""
