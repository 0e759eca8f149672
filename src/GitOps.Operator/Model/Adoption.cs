using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Model;

/// <summary>The first apply of an object that others had made.</summary>
/// <param name="Key">Which object.</param>
/// <param name="Fields">What it changed, with whose it was.</param>
/// <param name="Former">Whose shares in what we apply have ended, sorted.</param>
/// <param name="Sharing">Who keeps a share in it, sorted.</param>
/// <param name="Orphaned">How many fields of former tools stay that are not of the manifest.</param>
internal sealed record Adoption(
    ObjectKey Key, ImmutableArray<FieldDiff> Fields, ImmutableArray<string> Former, ImmutableArray<string> Sharing, int Orphaned);
