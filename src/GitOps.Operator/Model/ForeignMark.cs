namespace GitOps.Operator.Model;

/// <summary>Another program that keeps objects as it was told, as we do. In the order in which one of several is named.</summary>
internal enum ForeignTool
{
    FluxHelmRelease,
    FluxKustomization,
    ArgoCd,
    ConfigSync,
    Kapp,
    Helm,
}

/// <summary>What a live object says of another program that manages it.</summary>
/// <param name="Tool">Which program.</param>
/// <param name="Namespace">Of what it manages the object for; empty where that has none, or does not say.</param>
/// <param name="Name">What it manages the object for: a Kustomization, an Application, a release.</param>
/// <param name="IsActive">It has written the object since we did.</param>
internal sealed record ForeignMark(ForeignTool Tool, string Namespace, string Name, bool IsActive);
