"""Draws: wheels, scratch cards, eggs and boxes; each play, what was won, and what became of it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from sitong.shared.access.fields import EncryptedTextField
from sitong.shared.ids import new_id


class Draw(models.Model):
    """One wheel, scratch card, egg or box of a brand. `rules` is everything by which plays are decided (`rules.DrawRules`), as
    it is now; what it was stands in DrawVersion. Frozen from its start on, but in the players' favor.

    `commitment` is the SHA-256 of the seed in DrawSeed, public from the publication on. Counts stand in DrawCount, never here.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    number = models.CharField(max_length=20, help_text="In the draw's link.")
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True, default="")
    template = models.CharField(max_length=8, help_text="wheel, scratch, egg or box")
    rules = models.JSONField(default=dict)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    commitment = models.CharField(max_length=64)
    published_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True, help_text="Ended early; what was won is still given.")
    stop_reason = models.CharField(max_length=80, blank=True, default="")
    created_at = models.DateTimeField()
    created_by = models.UUIDField(null=True)

    class Meta:
        app_label = "marketing"
        constraints = [
            models.UniqueConstraint(fields=["brand_id", "number"], name="draw_number_once"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="draw_ends_after"),
        ]
        indexes = [models.Index(fields=["brand_id", "ends_at"], name="draw_brand")]


class DrawSeed(models.Model):
    """A draw's seed of 32 random bytes, as hexadecimal, sealed: no page and no API shows it before the draw is over.

    `revealed_at`: it is published, and nothing can be played any more.
    """

    draw_id = models.UUIDField(primary_key=True)
    brand_id = models.UUIDField()
    seed = EncryptedTextField()
    revealed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "marketing"


class DrawCount(models.Model):
    """How far a draw has come. The row that is locked before anybody plays, and before anything of the draw changes.

    `played` is the number of the last play, `step` that of the last line of the record (plays, rules, prizes come back),
    `chain` the SHA-256 over all lines so far. `last_at` never goes back, even where a clock does. `spent_minor` is what the
    prizes won by chance are worth. `version` is that of the rules, and 0 in a draft.
    """

    draw_id = models.UUIDField(primary_key=True)
    brand_id = models.UUIDField()
    played = models.IntegerField(default=0)
    step = models.IntegerField(default=0)
    chain = models.BinaryField()
    last_at = models.DateTimeField(null=True)
    spent_minor = models.BigIntegerField(default=0)
    version = models.IntegerField(default=0)
    closed_at = models.DateTimeField(null=True, help_text="Stopped, or its seed was published: nobody plays any more.")

    class Meta:
        app_label = "marketing"


class DrawPrize(models.Model):
    """How many of one prize were won and how many came back. Guarded by its draw's DrawCount, never locked alone.

    What the prize is stands in the draw's rules. `stock` is that of all releases together, None when there is no limit.
    """

    prize_id = models.UUIDField(primary_key=True)
    brand_id = models.UUIDField()
    draw_id = models.UUIDField()
    stock = models.IntegerField(null=True)
    won = models.IntegerField(default=0)
    returned = models.IntegerField(default=0)

    class Meta:
        app_label = "marketing"
        constraints = [
            models.CheckConstraint(
                condition=Q(returned__gte=0, won__gte=F("returned"))
                & (Q(stock=None) | Q(stock__gte=F("won") - F("returned"))),
                name="draw_prize_never_oversold",
            )
        ]
        indexes = [models.Index(fields=["draw_id"], name="draw_prize_draw")]


class DrawVersion(models.Model):
    """Rules that held from one line of the record on: who made them and when. Rows are added, never changed.

    The first is the publication. `before` names what differed from the version before it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    draw_id = models.UUIDField()
    version = models.IntegerField()
    step = models.IntegerField()
    rules = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    by = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "marketing"
        constraints = [models.UniqueConstraint(fields=["draw_id", "version"], name="draw_version_once")]


class DrawPlayer(models.Model):
    """One member in one draw: how often it has played and won. `id` is a random name that says nothing about the member; the
    record calls it so. Guarded by the draw's DrawCount. What is of today belongs to the day `on_day`."""

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    draw_id = models.UUIDField()
    member_id = models.UUIDField()
    plays = models.IntegerField(default=0)
    wins = models.IntegerField(default=0)
    dry = models.IntegerField(default=0)
    on_day = models.DateField(null=True)
    plays_today = models.IntegerField(default=0)
    wins_today = models.IntegerField(default=0)
    free_today = models.IntegerField(default=0)

    class Meta:
        app_label = "marketing"
        constraints = [models.UniqueConstraint(fields=["draw_id", "member_id"], name="draw_player_once")]
        indexes = [models.Index(fields=["member_id"], name="draw_player_member")]


class DrawPlay(models.Model):
    """One play. `id` was made by the client. `ticket` is what the seed gave for its number. Rows are added; only `member_id`
    changes, when two members turn out to be one.

    `how`: chance, guaranteed, consolation or blank. `version`: the rules that held.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    draw_id = models.UUIDField()
    number = models.IntegerField()
    step = models.IntegerField()
    member_id = models.UUIDField()
    player_id = models.UUIDField()
    store_id = models.UUIDField(null=True)
    way = models.CharField(max_length=6, help_text="free, chance or points")
    version = models.IntegerField()
    ticket = models.BigIntegerField()
    prize_id = models.UUIDField(null=True)
    how = models.CharField(max_length=11)
    at = models.DateTimeField()

    class Meta:
        app_label = "marketing"
        constraints = [models.UniqueConstraint(fields=["draw_id", "number"], name="draw_play_number_once")]
        indexes = [
            models.Index(fields=["member_id", "at"], name="draw_play_member"),
            models.Index(fields=["draw_id", "at"], name="draw_play_draw"),
        ]


class WinState(models.TextChoices):
    """due: a reward about to be given. given: it was. open: goods to be claimed. claimed: an address was given. sent, handed: the
    member has them. expired: nobody claimed them in time, and they went back."""

    DUE = "due"
    GIVEN = "given"
    OPEN = "open"
    CLAIMED = "claimed"
    SENT = "sent"
    HANDED = "handed"
    EXPIRED = "expired"


class DrawWin(models.Model):
    """What a play has won. `id` is the play's. Locked before anything becomes of it.

    Goods have a `code` that is shown in a store, and an `expires_at`. `fault` is the code of the refusal by which a reward
    could not be given yet; it is tried again. The address stands in PrizeAddress alone.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    draw_id = models.UUIDField()
    prize_id = models.UUIDField()
    member_id = models.UUIDField()
    store_id = models.UUIDField(null=True)
    how = models.CharField(max_length=11)
    version = models.IntegerField()
    value_minor = models.BigIntegerField(default=0)
    state = models.CharField(max_length=7, choices=WinState.choices)
    code = models.CharField(max_length=16, blank=True, default="")
    won_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=60, blank=True, default="")
    tried_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True, help_text="Given, sent, handed over or expired.")
    done_by = models.UUIDField(null=True)
    done_in = models.UUIDField(null=True, help_text="The store in which it was handed over.")
    hand_over_id = models.UUIDField(null=True, help_text="The clerk's own id of the handing over.")
    parcel = models.CharField(max_length=60, blank=True, default="", help_text="Carrier and number of what was sent.")

    class Meta:
        app_label = "marketing"
        constraints = [
            models.UniqueConstraint(fields=["brand_id", "code"], condition=~Q(code=""), name="draw_win_code_once")
        ]
        indexes = [
            models.Index(fields=["member_id", "won_at"], name="draw_win_member"),
            models.Index(fields=["draw_id", "won_at"], name="draw_win_draw"),
            models.Index(fields=["won_at"], condition=Q(state="due"), name="draw_win_due"),
            models.Index(fields=["expires_at"], condition=Q(state="open"), name="draw_win_open"),
        ]


class PrizeAddress(models.Model):
    """Where a prize is to be sent, sealed. Erased with the member."""

    win_id = models.UUIDField(primary_key=True)
    brand_id = models.UUIDField()
    member_id = models.UUIDField()
    name = EncryptedTextField()
    phone = EncryptedTextField()
    address = EncryptedTextField()
    given_at = models.DateTimeField()

    class Meta:
        app_label = "marketing"
        indexes = [models.Index(fields=["member_id"], name="prize_address_member")]


class PrizeReturn(models.Model):
    """A prize that nobody claimed in time is in its pool again. `id` is that of the win. Rows are added, never changed."""

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    draw_id = models.UUIDField()
    prize_id = models.UUIDField()
    step = models.IntegerField()
    at = models.DateTimeField()

    class Meta:
        app_label = "marketing"
        indexes = [models.Index(fields=["draw_id", "step"], name="prize_return_draw")]
