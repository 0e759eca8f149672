using GitOps.Operator.Model;

namespace GitOps.Operator.Tests.Sync;

public sealed class SyncOptionsTests
{
    private static readonly SyncOptions All = new() { Replace = true, Force = true, Validate = false };

    /// <summary>Of all objects, of this one, and what it is written with.</summary>
    public static TheoryData<bool, string, string> Modes => new()
    {
        { false, "", "" },
        { true, "", "replaces recreates unchecked" },
        { false, "Replace=true", "replaces" },
        { false, "Force=true", "recreates" },
        { false, "Validate=false", "unchecked" },
        { true, "Replace=false", "recreates unchecked" },
        { true, "Force=false", "replaces unchecked" },
        { true, "Validate=true", "replaces recreates" },
    };

    [Theory]
    [MemberData(nameof(Modes))]
    public void What_an_object_says_goes_before_what_all_are_told(bool all, string own, string expected)
    {
        var value = own.EndsWith("=true", StringComparison.Ordinal);
        var mode = (all ? All : SyncOptions.None).ModeOf(new("apps", "Deployment"), new()
        {
            Replace = own.StartsWith("Replace", StringComparison.Ordinal) ? value : null,
            Force = own.StartsWith("Force", StringComparison.Ordinal) ? value : null,
            Validate = own.StartsWith("Validate", StringComparison.Ordinal) ? value : null,
        });

        string.Join(' ', new[] { mode.Replaces ? "replaces" : "", mode.Recreates ? "recreates" : "", mode.Validates ? "" : "unchecked" }
            .Where(static word => word.Length > 0)).ShouldBe(expected);
    }

    [Theory]
    [InlineData("", "ConfigMap", true, true)]
    [InlineData("", "PersistentVolumeClaim", false, true)]
    [InlineData("", "PersistentVolume", false, true)]
    [InlineData("", "Namespace", false, false)]
    [InlineData("apiextensions.k8s.io", "CustomResourceDefinition", false, false)]
    [InlineData("example.com", "Namespace", true, true)]
    public void What_takes_others_with_it_is_not_made_anew_on_the_quiet(string group, string kind, bool byAll, bool byItself)
    {
        All.ModeOf(new(group, kind), ObjectOptions.None).Recreates.ShouldBe(byAll);
        SyncOptions.None.ModeOf(new(group, kind), new() { Force = true }).Recreates.ShouldBe(byItself);
    }
}
