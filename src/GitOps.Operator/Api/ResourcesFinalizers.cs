namespace GitOps.Operator.Api;

/// <summary>How the objects of a deleted Application go.</summary>
internal enum Cascade
{
    /// <summary>Nothing is deleted: the Application carries no resources finalizer.</summary>
    Orphan,
    Foreground,
    Background,
}

/// <summary>The finalizers on Applications that ask for their objects to be deleted with them: Argo CD's and their twins.</summary>
internal static class ResourcesFinalizers
{
    private const string ForegroundSuffix = "/foreground";
    private const string BackgroundSuffix = "/background";

    public static bool IsOne(string finalizer) => CascadeOf(finalizer) is not null;

    /// <summary>Background only where every resources finalizer says so: foreground is the default and the more careful of the two.</summary>
    public static Cascade Of(IEnumerable<string> finalizers)
    {
        var found = finalizers.Select(CascadeOf).OfType<Cascade>().ToList();
        return found.Count == 0 ? Cascade.Orphan
            : found.Contains(Cascade.Foreground) ? Cascade.Foreground
            : Cascade.Background;
    }

    private static Cascade? CascadeOf(string finalizer) => finalizer switch
    {
        Names.ResourcesFinalizer or Names.ArgoResourcesFinalizer => Cascade.Foreground,
        Names.ResourcesFinalizerTwin or Names.ResourcesFinalizerTwin + ForegroundSuffix => Cascade.Foreground,
        Names.ArgoResourcesFinalizer + ForegroundSuffix => Cascade.Foreground,
        Names.ResourcesFinalizerTwin + BackgroundSuffix or Names.ArgoResourcesFinalizer + BackgroundSuffix => Cascade.Background,
        _ => null,
    };
}
