"""Calls of every mutation, with places for ids and secrets of a busy school: `$School` is the id of one."""

PAYLOADS = {
    "signIn": 'signIn(input: {email: "wie@mensen.example", password: "x", client: APP})',
    "signOut": "signOut",
    "revokeSession": 'revokeSession(input: {sessionId: "$Session", clientMutationId: "l"})',
    "revokeOtherSessions": 'revokeOtherSessions(input: {clientMutationId: "m"})',
    "requestPasswordReset": 'requestPasswordReset(input: {email: "wie@mensen.example"})',
    "resetPassword": 'resetPassword(input: {token: "x", newPassword: "x", client: APP})',
    "changePassword": 'changePassword(input: {currentPassword: "x", newPassword: "x"})',
    "changeEmail": 'changeEmail(input: {email: "wie@mensen.example", clientMutationId: "n"})',
    "confirmEmailChange": 'confirmEmailChange(input: {token: "x"})',
    "updateProfile": 'updateProfile(input: {phone: "06 12345678", clientMutationId: "a"})',
    "publishPost": """publishPost(input: {
      schoolId: "$School", groupId: "$Group", title: "T", body: "B", clientMutationId: "b"})""",
    "editPost": 'editPost(input: {postId: "$Post", title: "T", clientMutationId: "c"})',
    "withdrawPost": 'withdrawPost(input: {postId: "$Post", reason: "R", clientMutationId: "d"})',
    "markPostRead": 'markPostRead(input: {postId: "$Post"})',
    "addComment": 'addComment(input: {postId: "$Post", body: "B", clientMutationId: "e"})',
    "hideComment": 'hideComment(input: {commentId: "$Comment", reason: "R", clientMutationId: "f"})',
    "reportAbsence": """reportAbsence(input: {
      pupilIds: ["$Pupil"], reason: ILLNESS, startsAt: "2026-09-15T08:00:00+02:00",
      endsAt: "2026-09-15T14:00:00+02:00", clientMutationId: "g"})""",
    "changeAbsence": 'changeAbsence(input: {reportId: "$AbsenceReport", note: "N", clientMutationId: "h"})',
    "withdrawAbsence": 'withdrawAbsence(input: {reportId: "$AbsenceReport", clientMutationId: "i"})',
    "reportRecovery": """reportRecovery(input: {
      reportId: "$AbsenceReport", firstDayBack: "2026-09-17", clientMutationId: "j"})""",
    "acknowledgeAbsence": 'acknowledgeAbsence(input: {reportId: "$AbsenceReport", clientMutationId: "k"})',
    "confirmInvitation": 'confirmInvitation(input: {token: "$Secret", code: "$Code", clientMutationId: "o"})',
    "removePasskey": 'removePasskey(input: {passkeyId: "$Passkey", clientMutationId: "p"})',
    "leaveGuardianship": 'leaveGuardianship(input: {pupilId: "$Pupil", clientMutationId: "l"})',
}

ADMINISTRATION = {
    "acceptHouseRules": 'acceptHouseRules(input: {schoolId: "$School", version: 1, clientMutationId: "a"})',
    "publishHouseRules": 'publishHouseRules(input: {schoolId: "$School", text: "T", clientMutationId: "b"})',
    "setMemberBlocked": """setMemberBlocked(input: {
      schoolId: "$School", personId: "$Person", blocked: true, reason: "R", clientMutationId: "c"})""",
    "revokeMemberSessions": """revokeMemberSessions(input: {
      schoolId: "$School", personId: "$Person", reason: "R", clientMutationId: "d"})""",
    "correctMemberName": """correctMemberName(input: {
      schoolId: "$School", personId: "$Person", name: "Esra Kaya", clientMutationId: "e"})""",
    "grantRole": 'grantRole(input: {schoolId: "$School", personId: "$Teacher", role: ADMIN, clientMutationId: "f"})',
    "endMembership": """endMembership(input: {
      schoolId: "$School", personId: "$Teacher", role: STAFF, reason: "R", clientMutationId: "g"})""",
    "assignTeacher": 'assignTeacher(input: {groupId: "$OtherGroup", personId: "$Teacher", clientMutationId: "h"})',
    "endTeaching": 'endTeaching(input: {groupId: "$Group", personId: "$Teacher", clientMutationId: "i"})',
    "createGroup": """createGroup(input: {
      schoolId: "$School", name: "Groep 7", schoolYear: "2026-2027", clientMutationId: "j"})""",
    "renameGroup": 'renameGroup(input: {groupId: "$Group", name: "Groep 5a", clientMutationId: "k"})',
    "updateSchool": 'updateSchool(input: {schoolId: "$School", reportCutoff: "08:30", clientMutationId: "l"})',
    "registerPupil": """registerPupil(input: {
      schoolId: "$School", groupId: "$Group", givenName: "G", familyName: "F", firstDay: "2026-09-15",
      clientMutationId: "m"})""",
    "updatePupil": 'updatePupil(input: {pupilId: "$Pupil", birthDate: "2018-03-15", clientMutationId: "n"})',
    "movePupil": 'movePupil(input: {pupilId: "$Pupil", groupId: "$OtherGroup", clientMutationId: "o"})',
    "deregisterPupil": 'deregisterPupil(input: {pupilId: "$Pupil", reason: "R", clientMutationId: "p"})',
    "endGuardianship": """endGuardianship(input: {
      pupilId: "$Pupil", personId: "$Person", reason: "R", clientMutationId: "q"})""",
}
"""What administrators do."""

ADMINISTRATION |= {
    "inviteGuardian": """inviteGuardian(input: {
      pupilId: "$Pupil", email: "iemand@mensen.example", name: "Femke de Groot", clientMutationId: "r"})""",
    "inviteStaff": """inviteStaff(input: {
      schoolId: "$School", email: "iemand@mensen.example", name: "Femke de Groot", role: STAFF,
      clientMutationId: "s"})""",
    "revokeInvitation": 'revokeInvitation(input: {invitationId: "$Invitation", clientMutationId: "t"})',
    "resendInvitation": 'resendInvitation(input: {invitationId: "$Invitation", clientMutationId: "u"})',
    "verifyAccessRequest": """verifyAccessRequest(input: {
      requestId: "$AccessRequest", pupilIds: ["$Pupil"], method: CALL_BACK, clientMutationId: "v"})""",
    "rejectAccessRequest": """rejectAccessRequest(input: {
      requestId: "$AccessRequest", reason: "R", clientMutationId: "w"})""",
    "resendActivationCode": 'resendActivationCode(input: {requestId: "$Verified", clientMutationId: "x"})',
}
"""Whom they let in."""

PAYLOADS |= ADMINISTRATION

_WINDOW = """{hostIds: ["$Teacher"], from: "2026-09-17T14:00:00+02:00", to: "2026-09-17T15:00:00+02:00"}"""
PLANNING = {
    "previewMeetingSlots": f'previewMeetingSlots(input: {{schoolId: "$School", hostWindows: [{_WINDOW}]}})',
    "createMeetingRound": f"""createMeetingRound(input: {{
      schoolId: "$School", kind: PARENT, title: "T", groupIds: ["$Group"], opensAt: "2026-09-15T12:00:00+02:00",
      closesAt: "2026-09-17T12:00:00+02:00", hostWindows: [{_WINDOW}], clientMutationId: "ma"}})""",
    "updateMeetingRound": 'updateMeetingRound(input: {roundId: "$MeetingRound", title: "T", clientMutationId: "mb"})',
    "announceMeetingRound": """announceMeetingRound(input: {
      roundId: "$Draft", evenIfCapacityShort: true, clientMutationId: "mc"})""",
    "cancelMeetingRound": 'cancelMeetingRound(input: {roundId: "$MeetingRound", clientMutationId: "md"})',
    "addHostWindow": f"""addHostWindow(input: {{
      roundId: "$MeetingRound", window: {_WINDOW}, clientMutationId: "me"}})""",
    "changeHostWindow": """changeHostWindow(input: {
      windowId: "$HostWindow", from: "2026-09-16T14:05:00+02:00", room: "Q", clientMutationId: "mf"})""",
    "removeHostWindow": 'removeHostWindow(input: {windowId: "$EmptyWindow", clientMutationId: "mg"})',
    "cancelMeetingSlot": 'cancelMeetingSlot(input: {slotId: "$MeetingSlot", clientMutationId: "mh"})',
    "reopenMeetingSlot": 'reopenMeetingSlot(input: {slotId: "$MeetingSlot", clientMutationId: "mi"})',
    "withdrawHostDay": """withdrawHostDay(input: {
      schoolId: "$School", hostId: "$Teacher", date: "2026-09-16", clientMutationId: "mj"})""",
    "replaceMeetingHost": """replaceMeetingHost(input: {
      roundId: "$MeetingRound", hostId: "$Teacher", newHostId: "$Admin", clientMutationId: "mk"})""",
    "markMeetingTickets": """markMeetingTickets(input: {
      ticketIds: ["$MeetingTicket", "$Waiting"], askedToCome: true, clientMutationId: "ml"})""",
    "addMeetingTickets": 'addMeetingTickets(input: {roundId: "$Draft", clientMutationId: "mm"})',
    "rehostMeetingTicket": 'rehostMeetingTicket(input: {ticketId: "$Moved", clientMutationId: "mn"})',
    "offerMeeting": 'offerMeeting(input: {ticketId: "$Apart", slotId: "$MeetingSlot", clientMutationId: "mo"})',
    "recordMeeting": 'recordMeeting(input: {bookingId: "$Held", came: true, clientMutationId: "mp"})',
    "writeMeetingNote": 'writeMeetingNote(input: {ticketId: "$MeetingTicket", text: "N", clientMutationId: "mq"})',
    "shareMeetingReport": 'shareMeetingReport(input: {ticketId: "$MeetingTicket", text: "R", clientMutationId: "mr"})',
    "separateMeetingParties": """separateMeetingParties(input: {
      pupilId: "$Pupil", parties: [{guardianIds: ["$Person"]}, {guardianIds: ["$OtherParent"]}], basis: "B",
      clientMutationId: "ms"})""",
}
"""What the school does about conversations."""

MEETINGS = PLANNING | {
    "suggestMeetingBundles": 'suggestMeetingBundles(input: {ticketIds: ["$Apart", "$Waiting"]})',
    "bookMeetings": """bookMeetings(input: {
      bookings: [{ticketId: "$Apart", slotId: "$MeetingSlot"}], topics: "T", clientMutationId: "mt"})""",
    "moveMeeting": 'moveMeeting(input: {bookingId: "$MeetingBooking", slotId: "$MeetingSlot", clientMutationId: "mu"})',
    "cancelMeeting": 'cancelMeeting(input: {bookingId: "$MeetingBooking", clientMutationId: "mv"})',
    "declineMeeting": 'declineMeeting(input: {ticketId: "$Waiting", clientMutationId: "mw"})',
    "joinMeetingWaitingList": 'joinMeetingWaitingList(input: {ticketId: "$Apart", clientMutationId: "mx"})',
    "leaveMeetingWaitingList": 'leaveMeetingWaitingList(input: {ticketId: "$Waiting", clientMutationId: "my"})',
    "acceptMeetingOffer": 'acceptMeetingOffer(input: {offerId: "$MeetingOffer", clientMutationId: "mz"})',
    "declineMeetingOffer": 'declineMeetingOffer(input: {offerId: "$MeetingOffer", clientMutationId: "mA"})',
    "revokeCalendarAddress": "revokeCalendarAddress",
}
"""And what families do, or somebody of the school on their behalf."""

PAYLOADS |= MEETINGS

REFUSED = {
    "createCalendarAddress": "createCalendarAddress",
    "completeSignIn": 'completeSignIn(input: {challenge: "x", code: "000000"})',
    "addAuthenticatorApp": "addAuthenticatorApp",
    "confirmAuthenticatorApp": 'confirmAuthenticatorApp(input: {code: "000000"})',
    "removeAuthenticatorApp": "removeAuthenticatorApp",
    "renewRecoveryCodes": "renewRecoveryCodes",
    "startPasskeyRegistration": "startPasskeyRegistration",
    "finishPasskeyRegistration": 'finishPasskeyRegistration(input: {token: "x", credential: {}, name: "Telefoon"})',
    "signInWithPasskey": 'signInWithPasskey(input: {token: "x", credential: {}, client: APP})',
    "reauthenticate": 'reauthenticate(input: {password: "x"})',
    "startPasskeyReauthentication": "startPasskeyReauthentication",
    "reauthenticateWithPasskey": 'reauthenticateWithPasskey(input: {token: "x", credential: {}})',
    "acceptInvitation": """acceptInvitation(input: {
      token: "x", code: "x", name: "Femke de Groot", password: "x", acceptHouseRulesVersion: 1, client: APP})""",
    "requestAccess": """requestAccess(input: {
      schoolSlug: "x", requesterName: "Femke de Groot", email: "iemand@mensen.example",
      children: [{name: "Noor Yilmaz", birthDate: "2018-03-14"}], hasParentalAuthority: false})""",
    "confirmAccessRequest": 'confirmAccessRequest(input: {token: "x"})',
    "activateAccount": """activateAccount(input: {
      email: "iemand@mensen.example", code: "x", password: "x", acceptHouseRulesVersion: 1, client: APP})""",
}
"""What is only asked in vain: done, it tells a fresh secret or opens a session, and is never the same twice."""
