using System.Collections.Immutable;
using GitOps.Manifests.Trees;

namespace GitOps.Operator.Model;

/// <summary>What a rendering read, source by source. As long as the same sources answer all of it alike, it renders to the same objects.</summary>
internal sealed record SourceInputs(ImmutableArray<RecordedInputs> Items)
{
    /// <summary>Whether other states of the same sources, in the same order, answer every recorded question alike.</summary>
    public async ValueTask<bool> HoldAsync(IReadOnlyList<ISourceTree> trees, CancellationToken cancellationToken)
    {
        if (trees.Count != Items.Length)
        {
            return false;
        }

        for (var i = 0; i < trees.Count; i++)
        {
            if (!await Items[i].HoldAsync(trees[i], cancellationToken))
            {
                return false;
            }
        }

        return true;
    }
}
