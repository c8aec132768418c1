"""The settings of a desk in the desk's own terms: it knows no settings file."""

from __future__ import annotations

from calldeck.config.settings import Settings
from calldeck.desk import GestureTimes, Headset, Policy


def policy_of(settings: Settings) -> Policy:
    """Return the rules of the desk that these settings are of."""
    return Policy(
        agent=settings.desk.agent,
        refusal_ms=settings.lamps.refusal_ms,
        command_timeout_ms=settings.commands.timeout_ms,
        press_expiry_ms=settings.commands.press_expiry_ms,
        login_at_start=settings.desk.login == "auto",
        queue_thresholds=settings.lamps.queue_thresholds,
        headset=Headset(settings.desk.headset),
        reasons=settings.status.reasons,
        dispositions=settings.status.dispositions,
        hold_reminder_ms=settings.status.hold_reminder_s * 1000,
        mute_reminder_ms=settings.status.mute_reminder_s * 1000,
        arrival_guard_ms=settings.status.arrival_guard_ms,
        choice_ms=settings.gestures.choice_ms,
        gestures=GestureTimes(
            double_tap_ms=settings.gestures.double_tap_ms,
            long_press_ms=settings.gestures.long_press_ms,
            logout_press_ms=settings.gestures.logout_press_ms,
            emergency_press_ms=settings.gestures.emergency_press_ms,
        ),
    )
