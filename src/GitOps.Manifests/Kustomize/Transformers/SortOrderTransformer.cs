using System.Collections.Frozen;
using GitOps.Manifests.Kustomize.Model;
using GitOps.Manifests.Kustomize.Resources;

namespace GitOps.Manifests.Kustomize.Transformers;

/// <summary>The order of the result: as accumulated, or by kind.</summary>
internal sealed class SortOrderTransformer : ITransformer
{
    private readonly FrozenDictionary<string, int>? _ranks;

    /// <exception cref="KustomizeException">The options contradict each other.</exception>
    public SortOrderTransformer(SortOptions options)
    {
        if (options.Order is not ("fifo" or "legacy"))
        {
            throw new KustomizeException("the field 'sortOptions.order' must be one of [fifo, legacy]");
        }

        var hasLegacy = options.OrderFirst is not null || options.OrderLast is not null;
        if (options.Order == "fifo" && hasLegacy)
        {
            throw new KustomizeException("the field 'sortOptions.legacySortOptions' is set but the selected sort order is 'fifo', not 'legacy'");
        }

        _ranks = options.Order == "fifo" ? null
            : hasLegacy ? KindOrder.Rank(options.OrderFirst ?? [], options.OrderLast ?? [])
            : KindOrder.Rank(KindOrder.First, KindOrder.Last);
    }

    public void Transform(ResourceSet resources, BuildState state)
    {
        if (_ranks is { } ranks)
        {
            resources.SortBy(static resource => new Key(resource.CurrentId), (x, y) => Compare(x, y, ranks));
        }
    }

    private static int Compare(Key x, Key y, FrozenDictionary<string, int> ranks)
    {
        if (x.Gvk == y.Gvk)
        {
            return string.CompareOrdinal(x.Text, y.Text);
        }

        var byRank = ranks.GetValueOrDefault(x.Gvk.Kind).CompareTo(ranks.GetValueOrDefault(y.Gvk.Kind));
        if (byRank != 0)
        {
            return byRank;
        }

        var byText = string.CompareOrdinal(KindOrder.TextOf(x.Gvk), KindOrder.TextOf(y.Gvk));
        var areNamespaces = x.Gvk.Kind == "Namespace" && y.Gvk.Kind == "Namespace" && (x.Gvk.Group.Length == 0 || y.Gvk.Group.Length == 0);
        return areNamespaces ? -byText : byText;
    }

    /// <summary>What an object is ordered by, with its text made once.</summary>
    private sealed class Key(ResourceId id)
    {
        public Gvk Gvk { get; } = id.Gvk;

        public string Text { get; } = $"{id.Gvk}|{(id.Namespace.Length == 0 ? "~X" : id.Namespace)}|{(id.Name.Length == 0 ? "~N" : id.Name)}";
    }
}
