"""Rows for tests, straight into the database: the shortest way to a state, not the way people take."""

from __future__ import annotations

import hashlib
import uuid
from datetime import date, timedelta

import factory
from django.utils import timezone

from accounts.models import ApiToken, Role, User
from accounts.tokens import PREFIX_LENGTH, digest_secret
from applications.choices import band_of
from applications.duplicates import match_key, name_key
from applications.models import (
    Application,
    ApplicationStatus,
    Company,
    CompanyPerson,
    Declaration,
    EnrolledCompany,
    EnrolledKind,
    Enrolment,
    FleetCount,
    Invitation,
    JoinRequest,
    JoinRequestStatus,
    Membership,
    PersonLevel,
    Reconsideration,
    SecurityContact,
    SecurityContactKind,
    Site,
    TradeBody,
)
from applications.services.invitations import digest_token
from applications.working_days import WORKING_DAYS_TO_DECIDE, due_from
from assurance.models import (
    CheckOutcome,
    CheckRequest,
    CheckStatus,
    ConflictDeclaration,
    CorrectiveAction,
    Decision,
    Finding,
    FindingResult,
    PartnerCheck,
    PartnerCheckList,
    PlanCheck,
    Recommendation,
    SecondReading,
    Selection,
    SelectionRound,
    StaffInterest,
)
from codeofpractice.fingerprint import fingerprint_of
from codeofpractice.models import (
    Edition,
    EditionStatus,
    FileStatus,
    Passage,
    Plan,
    PlanConfirmation,
    PlanDocument,
    PlanVersion,
    PlanVersionStatus,
    Point,
    PointResponse,
    Position,
    ReadingStatus,
    StoredFile,
    Training,
)

POINT_KEYS = (
    "recognised_security_contact",
    "electronic_payment",
    "licence_verification",
    "staff_training",
    "campaign_support",
    "information_sharing",
    "vehicle_security_equipment",
    "commercial_vehicles",
    "vehicle_liveries",
    "data_protection",
)


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    name = factory.Sequence(lambda n: f"Person {n}")
    role = Role.COMPANY
    password = factory.django.Password("correct horse battery")

    @factory.post_generation
    def verified(self, create: bool, extracted: bool | None, **kwargs: object) -> None:
        if create and extracted is not False:
            self.emailaddress_set.create(email=self.email, verified=True, primary=True)


def secret_of(number: int) -> str:
    """A secret of the right form; ApiTokenFactory(secret=...) makes the token that it opens."""
    return f"rvss_{number:043}"


class ApiTokenFactory(factory.django.DjangoModelFactory):
    """A partner's token for everything, made yesterday, for 90 days."""

    class Meta:
        model = ApiToken

    class Params:
        secret = factory.Sequence(secret_of)
        # Long enough that it has expired.
        long_ago = factory.Trait(
            created_at=factory.LazyFunction(lambda: timezone.now() - timedelta(days=100))
        )

    user = factory.SubFactory(UserFactory, role=Role.PARTNER)
    name = factory.Sequence(lambda n: f"Nightly upload {n}")
    prefix = factory.LazyAttribute(lambda o: o.secret[:PREFIX_LENGTH])
    digest = factory.LazyAttribute(lambda o: digest_secret(o.secret))
    scopes = ["enrolments:read", "enrolments:write", "results:read", "results:write"]
    request_key = factory.LazyFunction(uuid.uuid4)
    created_by = factory.SelfAttribute("user")
    created_at = factory.LazyFunction(lambda: timezone.now() - timedelta(days=1))
    expires_at = factory.LazyAttribute(lambda o: o.created_at + timedelta(days=90))


class TradeBodyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = TradeBody

    name = factory.Sequence(lambda n: f"Association of Hirers {n}")


class CompanyFactory(factory.django.DjangoModelFactory):
    """A company with every answer given: 12 cars and 6 vans unless told otherwise."""

    class Meta:
        model = Company
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Harbour Hire {n} Ltd")
    legal_form = "limited_company"
    company_number = factory.Sequence(lambda n: f"{10000000 + n}")
    address_line_1 = "1 Quay Road"
    town = "Ottersby"
    postcode = "ZE1 0AA"
    rental_models = ["counter"]
    regions = ["TLI"]
    home_region = "TLI"
    no_trade_body = True
    no_trading_names = True
    no_deputy_reason = "One person runs the company."
    search_terms = factory.LazyAttribute(
        lambda o: f"{o.name} {o.company_number} {o.town} {o.postcode}".lower()
    )

    match_key = factory.LazyAttribute(lambda o: match_key(name=o.name, postcode=o.postcode))

    class Params:
        cars = 12
        vans = 6

    fleet_size = factory.LazyAttribute(lambda o: o.cars + o.vans)
    fleet_band = factory.LazyAttribute(lambda o: band_of(o.cars + o.vans))

    @classmethod
    def _create(cls, model_class: type[Company], *args: object, **kwargs: object) -> Company:
        return super()._create(model_class, *args, **kwargs)

    @factory.post_generation
    def fleet_rows(self, create: bool, extracted: dict[str, int] | None, **kwargs: object) -> None:
        if not create:
            return
        counts = extracted or ({"car": 12, "van": self.fleet_size - 12} if self.fleet_size >= 12 else {})
        for vehicle_class, vehicles in counts.items():
            FleetCount.objects.create(company=self, vehicle_class=vehicle_class, vehicles=vehicles)

    @factory.post_generation
    def sites_made(self, create: bool, extracted: bool | None, **kwargs: object) -> None:
        if create and extracted is not False:
            Site.objects.create(company=self, name="Quay Road", postcode="ZE1 0AA")

    @factory.post_generation
    def owner(self, create: bool, extracted: User | None, **kwargs: object) -> None:
        if create and extracted:
            CompanyPerson.objects.create(company=self, user=extracted, level=PersonLevel.OWNER)


class SecurityContactFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = SecurityContact

    company = factory.SubFactory(CompanyFactory)
    kind = SecurityContactKind.CONTACT
    name = "Nia Prydderch"
    job_title = "Operations manager"
    email = "contact@example.co.uk"
    telephone = "01632 960123"
    since = date(2026, 1, 5)


class ApplicationFactory(factory.django.DjangoModelFactory):
    """A draft; say status="submitted" (or later) for one that was sent."""

    class Meta:
        model = Application

    company = factory.SubFactory(CompanyFactory)
    status = ApplicationStatus.DRAFT
    agrees_to_listing = True
    started_by = factory.SubFactory(UserFactory)
    submitted_by = factory.LazyAttribute(lambda o: None if o.status == "draft" else o.started_by)
    submitted_at = factory.LazyAttribute(lambda o: None if o.status == "draft" else timezone.now())
    due_on = factory.LazyAttribute(
        lambda o: (
            due_from(timezone.localdate(o.submitted_at), o.company.home_region)
            if o.status == "submitted"
            else None
        )
    )
    working_days_left = factory.LazyAttribute(
        lambda o: WORKING_DAYS_TO_DECIDE if o.status == "question" else None
    )
    decided_by = factory.Maybe(
        factory.LazyAttribute(lambda o: o.status in {"accepted", "rejected"}),
        factory.SubFactory(UserFactory, role=Role.ASSURER),
        None,
    )
    decided_at = factory.LazyAttribute(lambda o: timezone.now() if o.decided_by else None)
    decision_reason = factory.LazyAttribute(lambda o: "Complete and in scope." if o.decided_by else "")
    rejection_reasons = factory.LazyAttribute(lambda o: ["out_of_scope"] if o.status == "rejected" else [])
    closed_at = factory.LazyAttribute(
        lambda o: timezone.now() if o.status in {"withdrawn", "expired"} else None
    )
    closing_reason = factory.LazyAttribute(lambda o: "We sold the business." if o.closed_at else "")


class ReconsiderationFactory(factory.django.DjangoModelFactory):
    """A request about a rejection that waits for a lead."""

    class Meta:
        model = Reconsideration

    application = factory.SubFactory(ApplicationFactory, status="rejected")
    rejected_by = factory.SelfAttribute("application.decided_by")
    rejected_at = factory.SelfAttribute("application.decided_at")
    rejection_reasons = factory.SelfAttribute("application.rejection_reasons")
    rejection_words = factory.SelfAttribute("application.decision_reason")
    grounds = "We hire to consumers by the day."
    asked_by = factory.SelfAttribute("application.started_by")


class DeclarationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Declaration

    application = factory.SubFactory(ApplicationFactory, status="submitted")
    company = factory.SelfAttribute("application.company")
    edition_code = "2018"
    text = "We will keep a security plan."
    answers = "{}"
    sha256 = factory.Sequence(lambda n: hashlib.sha256(str(n).encode()).hexdigest())
    signatory_name = "Nia Prydderch"
    signatory_role = "Director"
    signed_by = factory.SelfAttribute("application.started_by")
    signed_at = factory.LazyFunction(timezone.now)


class MembershipFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Membership

    number = factory.Sequence(lambda n: f"RVSS-{900000 + n:06d}")
    company = factory.SubFactory(CompanyFactory)
    application = factory.SubFactory(
        ApplicationFactory, company=factory.SelfAttribute("..company"), status="accepted"
    )
    is_listed = True
    started_on = factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=100))
    renewal_due_on = factory.LazyAttribute(lambda o: o.started_on + timedelta(days=365))


class EnrolmentFactory(factory.django.DjangoModelFactory):
    """A list without faults that waits for its partner's word; tests/applications/enrolments makes rows."""

    class Meta:
        model = Enrolment

    body = factory.SubFactory(TradeBodyFactory, is_partner=True)
    file_name = factory.Sequence(lambda n: f"members-{n}.csv")
    sha256 = factory.Sequence(lambda n: hashlib.sha256(f"list {n}".encode()).hexdigest())
    status = "ready"
    sent_by = factory.SubFactory(UserFactory, role=Role.PARTNER)
    row_count = 2
    checked_count = 2


class EnrolledCompanyFactory(factory.django.DjangoModelFactory):
    """Enrolled as new and not confirmed, with its draft."""

    class Meta:
        model = EnrolledCompany
        skip_postgeneration_save = True

    body = factory.SubFactory(TradeBodyFactory, is_partner=True)
    company = factory.SubFactory(CompanyFactory)
    kind = EnrolledKind.NEW
    status = "unconfirmed"
    name = factory.SelfAttribute("company.name")
    email = "invited@example.com"
    enrolled_by = factory.SubFactory(UserFactory, role=Role.PARTNER)
    enrolment = factory.SubFactory(
        EnrolmentFactory, body=factory.SelfAttribute("..body"), sent_by=factory.SelfAttribute("..enrolled_by")
    )

    @factory.post_generation
    def draft(self, create: bool, extracted: bool | None, **kwargs: object) -> None:
        if create and self.kind == EnrolledKind.NEW:
            ApplicationFactory(
                company=self.company, started_by=self.enrolled_by, origin="partner", partner=self.body
            )


class InvitationFactory(factory.django.DjangoModelFactory):
    """An open invitation of an owner; its link holds `token`."""

    class Meta:
        model = Invitation

    class Params:
        token = factory.Sequence(lambda n: f"token-{n}")

    company = factory.SubFactory(CompanyFactory)
    email = factory.Sequence(lambda n: f"invited{n}@example.com")
    level = PersonLevel.EDITOR
    token_hash = factory.LazyAttribute(lambda o: digest_token(o.token))
    invited_by = factory.SubFactory(UserFactory)
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=14))


class JoinRequestFactory(factory.django.DjangoModelFactory):
    """A request that waits for the owners."""

    class Meta:
        model = JoinRequest

    user = factory.SubFactory(UserFactory)
    company = factory.SubFactory(CompanyFactory)
    number = factory.SelfAttribute("company.company_number")
    message = "I run the Ottersby branch."
    status = JoinRequestStatus.OPEN


ASKED = {"recognised_security_contact": ["security_contact"], "staff_training": ["training_figures"]}


class EditionFactory(factory.django.DjangoModelFactory):
    """A published edition with ten points; only point 8 may be not applicable."""

    class Meta:
        model = Edition
        django_get_or_create = ["code"]
        skip_postgeneration_save = True

    code = "2018"
    title = "Code of Practice, 2018 edition"
    status = EditionStatus.PUBLISHED
    published_on = date(2018, 12, 6)
    declaration = "We will keep a security plan that shows how we meet every point."
    source_sha256 = "0" * 64

    @classmethod
    def _create(cls, model_class: type[Edition], *args: object, **kwargs: object) -> Edition:
        """A draft until it has its points: a published edition takes no more."""
        status = kwargs.pop("status")
        made = super()._create(model_class, *args, **kwargs)
        if made.status == EditionStatus.DRAFT:
            made.wanted_status = status
        return made

    @factory.post_generation
    def points_made(self, create: bool, extracted: int | None, **kwargs: object) -> None:
        status = getattr(self, "wanted_status", self.status)
        if not create or self.points.exists():
            return
        for number, key in enumerate(POINT_KEYS, start=1):
            Point.objects.create(
                edition=self,
                number=number,
                key=key,
                title=key.replace("_", " ").capitalize(),
                requirement=f"What point {number} asks for.",
                good_evidence=f"What shows that point {number} is met.",
                applies_when={"hires_any_of": ["van", "truck", "horsebox"]} if number == 8 else {},
                asks_for=ASKED.get(key, []),
            )
        if status == EditionStatus.PUBLISHED:
            Edition.objects.filter(pk=self.pk).update(status=status)
            self.status = status


class StoredFileFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = StoredFile

    company = factory.SubFactory(CompanyFactory)
    uploaded_by = factory.SubFactory(UserFactory)
    original_name = "handover-procedure.pdf"
    storage_name = factory.Sequence(lambda n: f"test/{n:032x}")
    content_type = "application/pdf"
    size = 1000
    sha256 = factory.Sequence(lambda n: hashlib.sha256(f"file {n}".encode()).hexdigest())
    status = FileStatus.CLEAN


class PlanVersionFactory(factory.django.DjangoModelFactory):
    """A draft with an empty answer to every point; answered=True fills them all in."""

    class Meta:
        model = PlanVersion
        skip_postgeneration_save = True

    class Params:
        membership = factory.SubFactory(MembershipFactory)

    plan = factory.LazyAttribute(lambda o: Plan.objects.get_or_create(membership=o.membership)[0])
    edition = factory.SubFactory(EditionFactory)
    number = factory.LazyAttribute(lambda o: o.plan.versions.count() + 1)
    status = PlanVersionStatus.DRAFT
    started_by = factory.SubFactory(UserFactory)

    @factory.post_generation
    def answered(self, create: bool, extracted: bool | None, **kwargs: object) -> None:
        if not create:
            return
        for point in self.edition.points.all():
            filled = {
                "position": Position.IN_PLACE,
                "how_met": f"We do what point {point.number} asks at every branch.",
                "responsible_role": "Operations manager",
            }
            made = PointResponse.objects.create(version=self, point=point, **(filled if extracted else {}))
            if extracted and point.asks_training:
                TrainingFactory(response=made, written_by=self.started_by)


class TrainingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Training

    course = "ACT Awareness e-learning"
    staff = 40
    trained = 34
    trained_on = factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=30))
    written_by = factory.SubFactory(UserFactory)
    written_at = factory.LazyFunction(timezone.now)


def give_figures(version: PlanVersion) -> None:
    """What points ask for besides words."""
    for response in version.responses.filter(point__asks_for__contains=["training_figures"]):
        TrainingFactory(response=response, written_by=version.started_by)


def confirm(version: PlanVersion) -> PlanConfirmation:
    """As if the recognised security contact had confirmed what the draft says now."""
    company = version.plan.membership.company
    contact = company.security_contacts.filter(until__isnull=True, kind="contact").first()
    return PlanConfirmation.objects.create(
        version=version,
        contact=contact or SecurityContactFactory(company=company),
        status="confirmed",
        sha256=fingerprint_of(version),
        review_on=timezone.localdate() + timedelta(days=90),
        asked_by=version.started_by or UserFactory(),
        answered_at=timezone.now(),
    )


def submit(version: PlanVersion) -> PlanVersion:
    """Freeze a version as its service would, without its checks."""
    version.status = PlanVersionStatus.SUBMITTED
    version.submitted_by = version.started_by
    version.submitted_at = timezone.now()
    version.review_on = timezone.localdate() + timedelta(days=365)
    version.save()
    return version


class PlanDocumentFactory(factory.django.DjangoModelFactory):
    """A document that was read, with three passages."""

    class Meta:
        model = PlanDocument
        skip_postgeneration_save = True

    version = factory.SubFactory(PlanVersionFactory)
    file = factory.SubFactory(
        StoredFileFactory, company=factory.SelfAttribute("..version.plan.membership.company")
    )
    status = ReadingStatus.READ
    added_by = factory.SubFactory(UserFactory)

    @factory.post_generation
    def passages_made(self, create: bool, extracted: int | None, **kwargs: object) -> None:
        if create:
            for n in range(1, 4 if extracted is None else extracted + 1):
                Passage.objects.create(document=self, n=n, text=f"Passage {n}.", kind="paragraph")


class SelectionRoundFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = SelectionRound

    name = factory.Sequence(lambda n: f"Round {n}")
    seed = "seed"
    algorithm = "sha256-order-1"
    frame_size = 10
    frame_sha256 = "0" * 64
    sample_size = 5
    drawn_by = factory.SubFactory(UserFactory, role=Role.LEAD)
    drawn_at = factory.LazyFunction(timezone.now)


class SelectionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Selection

    round = factory.SubFactory(SelectionRoundFactory)
    membership = factory.SubFactory(MembershipFactory)
    position = factory.LazyAttribute(lambda o: o.round.selections.count() + 1)
    inclusion_probability = 0.5


class PlanCheckFactory(factory.django.DjangoModelFactory):
    """Its assurer has declared that there is no conflict of interest, unless declared=False."""

    class Meta:
        model = PlanCheck
        skip_postgeneration_save = True

    membership = factory.SubFactory(MembershipFactory)
    selection = factory.SubFactory(SelectionFactory, membership=factory.SelfAttribute("..membership"))
    assurer = factory.SubFactory(UserFactory, role=Role.ASSURER)
    due_on = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=28))

    @factory.post_generation
    def declared(self, create: bool, extracted: bool | None, **kwargs: object) -> None:
        if create and extracted is not False and self.assurer:
            declare(self, by=self.assurer)


def declare(check: PlanCheck, *, by: User, conflict: str = "") -> ConflictDeclaration:
    """Without words: that there is no conflict of interest."""
    return ConflictDeclaration.objects.create(
        check_of=check, user=by, has_conflict=bool(conflict), details=conflict
    )


class StaffInterestFactory(factory.django.DjangoModelFactory):
    """Worked for a company that is not in the service; or say company=, or trade_body=."""

    class Meta:
        model = StaffInterest

    user = factory.SubFactory(UserFactory, role=Role.ASSURER)
    kind = factory.LazyAttribute(lambda o: "trade_body" if o.trade_body else "employer")
    company = None
    trade_body = None
    name = factory.LazyAttribute(lambda o: "" if o.company or o.trade_body else "Elsewhere Hire Ltd")
    name_key = factory.LazyAttribute(lambda o: name_key(o.name) if o.name else "")
    recorded_by = factory.SelfAttribute("user")


def record_findings(check: PlanCheck, *, by: User, result: str = FindingResult.MET) -> None:
    """A finding for every point of the checked version's edition."""
    for point in check.plan_version.edition.points.all():
        Finding.objects.create(
            check_of=check,
            point=point,
            result=result,
            note=f"Seen for point {point.number}.",
            recorded_by=by,
            recorded_at=timezone.now(),
        )


def recommend(check: PlanCheck, *, by: User, outcome: str = CheckOutcome.MET) -> Recommendation:
    recommendation = Recommendation.objects.create(
        check_of=check, outcome=outcome, reason="The evidence is sound.", by=by, at=timezone.now()
    )
    check.status = CheckStatus.RECOMMENDED
    check.save()
    return recommendation


def decide(check: PlanCheck, *, by: User) -> Decision:
    recommendation = check.recommendations.first()
    decision = Decision.objects.create(
        check_of=check,
        recommendation=recommendation,
        recommended_by=recommendation.by,
        outcome=recommendation.outcome,
        reason="Agreed.",
        decided_by=by,
        decided_at=timezone.now(),
    )
    check.decision = decision
    check.status = CheckStatus.DECIDED
    check.save()
    return decision


class CheckRequestFactory(factory.django.DjangoModelFactory):
    """A question about point 3; with point=None the plan itself is asked for."""

    class Meta:
        model = CheckRequest

    check_of = factory.SubFactory(PlanCheckFactory)
    kind = factory.LazyAttribute(lambda o: "information" if o.point else "plan")
    point = factory.LazyAttribute(lambda o: o.check_of.plan_version.edition.points.get(number=3))
    question = factory.LazyAttribute(lambda o: "Who looks at the licence at night?" if o.point else "")
    asked_by = factory.SelfAttribute("check_of.assurer")
    due_on = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=14))


class SecondReadingFactory(factory.django.DjangoModelFactory):
    """Its reader has declared that they have no conflict of interest."""

    class Meta:
        model = SecondReading
        skip_postgeneration_save = True

    recommendation = None
    check_of = factory.SelfAttribute("recommendation.check_of")
    because = "not_met"
    probability = 1
    reader = factory.SubFactory(UserFactory, role=Role.ASSURER)

    @factory.post_generation
    def declared(self, create: bool, extracted: bool | None, **kwargs: object) -> None:
        if create and self.reader and extracted is not False:
            ConflictDeclaration.objects.create(check_of=self.check_of, user=self.reader, has_conflict=False)


def read_again(recommendation: Recommendation, *, by: User) -> SecondReading:
    """A second reading that was submitted, and found what the first did."""
    reading: SecondReading = SecondReadingFactory(recommendation=recommendation, reader=by)
    for finding in recommendation.check_of.findings.all():
        reading.findings.create(
            point=finding.point,
            result=finding.result,
            first_result=finding.result,
            note="Read again.",
            recorded_at=timezone.now(),
        )
    SecondReading.objects.filter(pk=reading.pk).update(submitted_at=timezone.now())
    return reading


class CorrectiveActionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CorrectiveAction

    check_of = factory.SubFactory(PlanCheckFactory)
    point = factory.LazyAttribute(lambda o: o.check_of.plan_version.edition.points.get(number=4))
    description = "Train the remaining staff."
    owner_role = "Operations manager"
    target_on = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=60))
    set_by = factory.SelfAttribute("check_of.assurer")


class PartnerCheckFactory(factory.django.DjangoModelFactory):
    """A result without points that a partner sent on the page."""

    class Meta:
        model = PartnerCheck

    body = factory.SubFactory(TradeBodyFactory, is_partner=True)
    membership = factory.SubFactory(MembershipFactory)
    reference = factory.Sequence(lambda n: f"INSP-{n:04}")
    kind = "on_site"
    inspected_on = factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=30))
    inspected_by = "The association’s field team"
    outcome = "met"
    correction_reason = factory.LazyAttribute(lambda o: "The wrong outcome was typed." if o.replaces else "")
    replaces = None
    sha256 = factory.Sequence(lambda n: hashlib.sha256(f"result {n}".encode()).hexdigest())
    source = "form"
    sent_by = factory.SubFactory(UserFactory, role=Role.PARTNER)


class PartnerCheckListFactory(factory.django.DjangoModelFactory):
    """A list without faults that waits for its partner's word, without its rows."""

    class Meta:
        model = PartnerCheckList

    body = factory.SubFactory(TradeBodyFactory, is_partner=True)
    file_name = factory.Sequence(lambda n: f"results-{n}.csv")
    sha256 = factory.Sequence(lambda n: hashlib.sha256(f"results {n}".encode()).hexdigest())
    status = "ready"
    sent_by = factory.SubFactory(UserFactory, role=Role.PARTNER)
    row_count = 2
