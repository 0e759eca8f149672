using GitOps.Kubernetes.Objects.Fields;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Apply;

/// <summary>Fits a field set, written when a type was granular, to the type now that it is atomic.</summary>
internal static class AtomicFields
{
    /// <returns>Null if nothing has to change.</returns>
    public static FieldSet? Reconcile(FieldSet set, TypeSchema type)
    {
        List<(PathElement, bool, FieldSet)>? changed = null;
        var index = 0;
        foreach (var (element, isMember, children) in set.Entries)
        {
            var reconciled = children.IsEmpty ? null : Below(element, children, type);
            if (reconciled is not null)
            {
                changed ??= [.. set.Entries.Take(index)];
            }

            // What became atomic is owned itself, and nothing below it.
            changed?.Add((element, isMember || reconciled is { IsEmpty: true }, reconciled ?? children));
            index++;
        }

        return changed is null ? null : FieldSet.FromEntries(changed);
    }

    private static FieldSet? Below(PathElement element, FieldSet children, TypeSchema type) =>
        (element.Kind == PathElementKind.Field ? type.Child(element.Content) : type.Item) switch
        {
            null => null,
            { Shape: SchemaShape.Object, IsAtomic: true } or { Shape: SchemaShape.List, ListKind: ListKind.Atomic } => FieldSet.Empty,
            var below => Reconcile(children, below),
        };
}
