using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Trees;
using GitOps.Operator.Api;
using GitOps.Operator.Diff;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile;
using GitOps.Operator.Reconcile.Inventories;
using GitOps.Operator.Tests.Api;

namespace GitOps.Operator.Tests.Observing;

/// <summary>Passes over an Application of ConfigMaps, as they stand after the plan was made.</summary>
internal static class Passes
{
    public const string Revision = "1111111111111111111111111111111111111111";

    public static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static ObjectKey Key(int index) => new(string.Empty, "ConfigMap", "team-a", $"settings-{index}");

    /// <param name="spec">Of the Application, with its source left out.</param>
    /// <param name="desired">How many objects are desired, from 0 up.</param>
    /// <param name="managed">How many are managed, from 0 up.</param>
    /// <param name="metadata">More of the Application's metadata: annotations.</param>
    /// <param name="unmapped">Desired objects of unknown kinds.</param>
    public static ReconcileContext Planned(
        string spec, int desired, int managed, IReadOnlyDictionary<string, string>? metadata = null, params UnmappedObject[] unmapped)
    {
        var application = Applications.Of($"{{{Applications.Source},{spec}}}");
        application = application with
        {
            Metadata = application.Metadata with { Annotations = (metadata ?? ImmutableDictionary<string, string>.Empty).ToImmutableDictionary(StringComparer.Ordinal) },
        };
        var validation = SpecValidator.Validate(application, Applications.Trusting);
        var inventory = new ApplicationInventory();
        for (var i = 0; i < managed; i++)
        {
            inventory.Set(new(Key(i), "v1", $"u{i}", $"h{i}", new($"u{i}", null, "e", "t", "m", "v", null)));
        }

        inventory.SetHeader(new InventoryHeader { Revision = Revision, OptionsHash = "o" });
        var runtime = new ApplicationRuntime(application.Key)
        {
            Uid = "u",
            Validation = validation,
            Inventory = inventory,
            Target = new(
                Revision, new(Revision, "Dora", "Dora", "Change", Now, null), Now, "o", new([RecordedInputs.None]),
                [.. Enumerable.Range(0, desired).Select(static i => new DesiredObject(
                    Key(i), new(string.Empty, "v1", "ConfigMap"), "{}"u8.ToArray(), $"h{i}", "objects.yaml:1"))],
                [.. unmapped], HasContent: true, [], []),
        };
        var context = new ReconcileContext(runtime, application, Now) { Spec = validation.Spec.ShouldNotBeNull(), Revision = Revision };
        context.Plan = PlanDiff.Compare(runtime.Target.Objects, inventory.Entries, static _ => new(ObservedKind.InSync));
        return context;
    }
}
