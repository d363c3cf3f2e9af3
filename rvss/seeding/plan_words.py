"""How made-up companies say that they meet each point of the 2018 edition."""

from __future__ import annotations

ROLES = ("Operations manager", "Branch manager", "Director", "Fleet manager", "Office manager")
NOT_APPLICABLE = "We hire out no goods vehicles: the fleet is cars and minibuses only."
OTHERWISE = ("Written in the staff handbook and looked at by the director each spring.",)
HOW_MET = {
    "recognised_security_contact": (
        "The director is the contact and the office manager the deputy. Both names are on the notice board.",
        "Our operations manager holds the role; every branch has the mobile number by the telephone.",
        "The owner is the contact. There is no deputy as two people run the firm.",
    ),
    "electronic_payment": (
        "Every hire is paid by card on the desk terminal, in the hirer's name. Cash is refused.",
        "The deposit is taken by card at booking. The rest may be paid by bank transfer.",
        "Payment is made in the app with a card that was checked when the account was opened.",
    ),
    "licence_verification": (
        "Staff look at the photocard at handover, compare the face and ask for the DVLA check code.",
        "The licence is scanned at the desk and the check code is run before the keys leave the safe.",
        "New customers send a photo of the licence and of their face; we see the card again at handover.",
    ),
    "staff_training": (
        "All counter staff did the ACT Awareness course when they joined and do it again each January.",
        "Branch managers train their teams from the scheme's advice. A register of who has done it is kept.",
        "Eleven of our fourteen staff have done ACT Awareness; the rest are booked for this quarter.",
    ),
    "campaign_support": (
        "Posters of the current campaign hang at each desk and in the drivers' room.",
        "We pass each campaign message to all branches on the day that it comes and sign that it was read.",
    ),
    "information_sharing": (
        "Requests of the police go to the contact, who answers within a working day and keeps a log.",
        "We report what looks wrong to the anti-terrorist hotline, and give data on a written request only.",
    ),
    "vehicle_security_equipment": (
        "Trackers are in every van and in cars worth over 20,000 pounds, chosen by a yearly risk assessment.",
        "All vehicles have immobilisers. Cameras and trackers follow with the next replacement of the fleet.",
    ),
    "commercial_vehicles": (
        "For vans we ask what they are for, note the answer and ring the number given before handover.",
        "A second member of staff checks each hire of a vehicle over 3.5 tonnes, and the operator's licence.",
    ),
    "vehicle_liveries": (
        "Signs are taken off and photographed before a vehicle goes to auction.",
        "Our vehicles carry magnetic signs only; these stay with us when one is sold.",
    ),
    "data_protection": (
        "Staff do the data protection module each year. Copies of licences are deleted after 12 months.",
        "The office manager is our data lead. Training is on the induction list, and signed for.",
    ),
}

MEASURES = (
    "A written instruction lies at every counter.",
    "The branch manager looks at ten rentals a month and notes what was found.",
    "Every new colleague is shown this on the first day, and signs for it.",
    "The procedure is gone through at the meeting of branch managers twice a year.",
)

TRAINING_COURSES = (
    "ACT Awareness e-learning",
    "ACT Awareness e-learning, with our own afternoon on it",
    "Our own course on suspicious hires",
)
