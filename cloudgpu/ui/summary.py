"""What a person reads after a launch, before one, and when asking for one instance."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from cloudgpu.model import Plan, Record
from cloudgpu.rules import cost, duration
from cloudgpu.ui.text import amount, moment, money


def launched(record: Record, *, there: bool) -> str:
    """After `launch`: where it is, what it costs, what to type next."""
    instance = record.instance
    if instance is None:
        return f"{record.name} has no instance yet. cloudgpu launch {record.name} resumes it."
    gpu = f"{instance.gpu.count} x {instance.gpu.type}"
    price = f"{amount(instance.hourly)} USD per hour" if instance.hourly is not None else "price unknown"
    began = "was there already" if there else "is ready"
    stage = " (a rehearsal: nothing is billed)" if record.origin.rehearsal else ""
    return (
        f"{record.name} {began}: {instance.instance_type} with {gpu} in {instance.ref.zone}, {price}{stage}.\n"
        f"\n    cloudgpu tunnel {record.name}     open the notebook"
        f"\n    cloudgpu destroy {record.name}    stop billing\n"
    )


def question(plan: Plan) -> str:
    """Before anything is bought: what, where, for how much, and how long at most."""
    first = plan.offers[0]
    model = "as spot " if first.spot else "by Flex-start " if first.flex_start else ""
    price = "an unknown price" if first.hourly is None else money(first.hourly)
    limit = cost.lifetime(plan.limits, first)
    end = f", for {duration.short(limit.total_seconds())} at most" if limit else ""
    gpu = f"{first.gpu.count} x {first.gpu.type}"
    return f"Rent {first.instance_type} with {gpu} in {first.zone} {model}for {price} per hour{end} ({plan.account})?"


def stopped(record: Record) -> str:
    """After `stop`: what is billed still, and what to type next."""
    return (
        f"{record.name} is off; its disk is still billed. Local SSDs, if it has any, are empty now: container images\n"
        "on them are pulled again at the next start.\n"
        f"\n    cloudgpu start {record.name}      go on; its zone may have no GPU left then"
        f"\n    cloudgpu destroy {record.name}    stop billing\n"
    )


def planned(plan: Plan, sources: Mapping[str, str]) -> str:
    """For `launch --dry-run`: what would be tried, the quotas, and where the options came from."""
    lines = [f"Nothing was bought. {plan.name} would be launched on {plan.origin.provider} ({plan.account})."]
    for number, offer in enumerate(plan.offers[:8], 1):
        gpu = f"{offer.gpu.count} x {offer.gpu.type}"
        lines.append(f"  {number}. {offer.zone}  {offer.instance_type}  {gpu}  {money(offer.hourly)}/h")
    if len(plan.offers) > 8:
        lines.append(f"     and {len(plan.offers) - 8} more places")
    for quota in plan.quotas:
        left = "unknown" if quota.left is None else f"{quota.left:g}"
        lines.append(f"  quota {quota.name} ({quota.scope}): needs {quota.needed:g}, left {left}")
    lines += [f"  {place} left out: {why}" for place, why in plan.skipped.items()]
    lines.append(f"  image {plan.container.image}, disk {plan.disk_gb} GB")
    lines += [f"  --{name} from {source}" for name, source in sources.items()]
    return "\n".join(lines)


def status(record: Record, *, now: datetime, gone: bool, trouble: str) -> str:
    """For `status`: one fact a line."""
    instance = record.instance
    facts = [("name", record.name), ("provider", record.origin.provider)]
    if record.origin.rehearsal:
        facts.append(("rehearsal", "yes, nothing is billed"))
    if instance is not None:
        spent = cost.so_far(instance.hourly, instance.created_at, now)
        facts += [
            ("state", "gone" if gone else instance.state.value),
            ("instance", f"{instance.instance_type} with {instance.gpu.count} x {instance.gpu.type}"),
            ("zone", instance.ref.zone),
            ("id", instance.ref.id or ""),
            ("address", f"{instance.host or 'none'} port {instance.ssh_port}, user {instance.user}"),
            ("age", duration.short((now - instance.created_at).total_seconds())),
            ("cost so far", f"{money(spent)} at {money(instance.hourly)}/h"),
            ("expires", moment(instance.expires_at) if instance.expires_at else "never"),
        ]
    if record.container is not None:
        facts.append(("image", record.container.image))
    facts.append(("jupyter", trouble or "answers"))
    return "\n".join(f"{label:<12} {value}" for label, value in facts)
