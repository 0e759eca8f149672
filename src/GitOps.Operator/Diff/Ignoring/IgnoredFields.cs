using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Operator.Model;
using GitOps.Operator.Model.Ignoring;

namespace GitOps.Operator.Diff.Ignoring;

/// <summary>
/// What the rules leave of a difference between one live object and what is desired of it: as if the ignored fields were
/// deleted from both. Pure.
/// </summary>
internal sealed class IgnoredFields
{
    private readonly string _manager;
    private readonly KubernetesObject _live;
    private readonly KubernetesObject _desired;
    private readonly PathTree _ofLive;
    private readonly PathTree _ofDesired;

    private IgnoredFields(string manager, KubernetesObject live, KubernetesObject desired, PathTree ofLive, PathTree ofDesired)
    {
        _manager = manager;
        _live = live;
        _desired = desired;
        _ofLive = ofLive;
        _ofDesired = ofDesired;
    }

    /// <param name="rules">Of the Application.</param>
    /// <param name="manager">Our field manager.</param>
    /// <param name="live">As it is, managedFields included.</param>
    /// <param name="desired">What is compared with it: the manifest, or the server's answer to it.</param>
    /// <returns>Null: they ignore nothing of this object.</returns>
    public static IgnoredFields? Of(IgnoreRules rules, string manager, KubernetesObject live, KubernetesObject desired)
    {
        var key = live.Key;
        if (!rules.AreAbout(key))
        {
            return null;
        }

        var own = rules.For(key).ToList();
        var (ofLive, ofDesired) = (IgnoredPlaces.Find(own, live), IgnoredPlaces.Find(own, desired));
        return ofLive.IsEmpty && ofDesired.IsEmpty ? null : new(manager, live, desired, ofLive, ofDesired);
    }

    /// <summary>The fields that differ in more than what is ignored.</summary>
    public ImmutableArray<FieldDiff> Without(ImmutableArray<FieldDiff> fields) => fields.RemoveAll(field => Ignores(field.Field));

    /// <summary>Whether the difference at this path is one of ignored fields alone.</summary>
    public bool Ignores(FieldPath path)
    {
        PathTree? ofLive = _ofLive;
        PathTree? ofDesired = _ofDesired;
        JsonNode? live = _live.Json;
        JsonNode? desired = _desired.Json;
        var context = FieldContext.Root(_desired.Json);
        foreach (var element in path.Elements)
        {
            context = element.Kind == PathElementKind.Field ? context.Below(element.Content) : context;
            (ofLive, live) = Step(ofLive, live, element, isManifest: false);
            (ofDesired, desired) = Step(ofDesired, desired, element, isManifest: true);
            if (ofLive is { Ends: true } || ofDesired is { Ends: true })
            {
                return true;
            }
        }

        return (ofLive is not null || ofDesired is not null) && AreSameWithout(ofLive, live, ofDesired, desired, context);
    }

    /// <summary>
    /// Whether all that we do not own of what is desired, and all that we own beyond it, is ignored: then nothing has to be
    /// written for our ownership either.
    /// </summary>
    public bool ExplainsOwnership()
    {
        var owners = new FieldOwners(_live, _manager, recordedTime: null);
        var wanted = PredictedSet.Of(_desired.Json, owners.Structure, owners.Own);
        return owners.HasOwn && AllIgnored(wanted.Except(owners.Own), FieldPath.Root) && AllIgnored(owners.Own.Except(wanted), FieldPath.Root);
    }

    /// <summary>
    /// What is to be applied so that no ignored field changes: where our entry holds such a field, its live value, for a field
    /// that nobody applies any more falls back to its default; where it does not, nothing.
    /// </summary>
    /// <param name="whole">The object is replaced as a whole: what is left out goes, whoever owns it.</param>
    /// <returns>The manifest itself where nothing has to be held.</returns>
    public KubernetesObject Hold(bool whole)
    {
        var held = HeldManifest.Make(_live, _desired, _ofLive, _ofDesired, _manager, whole);
        return JsonNode.DeepEquals(held.Json, _desired.Json) ? _desired : held;
    }

    /// <summary>Whether two manifests of an object differ in nothing but what the rules ignore.</summary>
    public static bool AreSame(IgnoreRules rules, KubernetesObject left, KubernetesObject right)
    {
        if (!rules.AreAbout(left.Key))
        {
            return false;
        }

        var own = rules.For(left.Key).ToList();
        return JsonNode.DeepEquals(IgnoredPlaces.Find(own, left).Without(left.Json), IgnoredPlaces.Find(own, right).Without(right.Json));
    }

    private static (PathTree? Tree, JsonNode? Value) Step(PathTree? tree, JsonNode? value, PathElement element, bool isManifest) =>
        Steps.Of(element, value, isManifest) is { } step
            ? (tree is not null && tree.TryStep(step, out var below) ? below : null, Steps.Take(value, step))
            : (null, null);

    private static bool AreSameWithout(PathTree? ofLive, JsonNode? live, PathTree? ofDesired, JsonNode? desired, FieldContext context)
    {
        var (rest, wanted) = (ofLive is null ? live : ofLive.Without(live), ofDesired is null ? desired : ofDesired.Without(desired));
        return EmptyLeaves.IsEmpty(rest) || EmptyLeaves.IsEmpty(wanted)
            ? EmptyLeaves.IsEmpty(rest) && EmptyLeaves.IsEmpty(wanted)
            : SemanticEquality.AreEqual(wanted, rest, context, exact: false);
    }

    private bool AllIgnored(FieldSet set, FieldPath path)
    {
        foreach (var (element, _, below) in set.Entries)
        {
            var at = path.Append(element);
            if (below.IsEmpty ? !Ignores(at) : !AllIgnored(below, at))
            {
                return false;
            }
        }

        return true;
    }
}
