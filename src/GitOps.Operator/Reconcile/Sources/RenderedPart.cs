using System.Collections.Immutable;
using System.IO.Compression;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests;
using GitOps.Manifests.Trees;

namespace GitOps.Operator.Reconcile.Sources;

/// <summary>
/// What one of several sources was rendered to, and what was read for it, in its own files and in those of others. As long as all of
/// it reads alike, the source is not rendered again, whatever has become of the others. Kept small: it is seldom needed, and the
/// Application's objects are in memory once already.
/// </summary>
internal sealed class RenderedPart
{
    private readonly string _options;
    private readonly ImmutableArray<RecordedInputs> _inputs;
    private readonly ImmutableArray<(SourceLocation Place, int Bytes)> _items;
    private readonly byte[] _packed;
    private readonly ImmutableArray<string> _warnings;

    private RenderedPart(
        string options, ImmutableArray<RecordedInputs> inputs, ImmutableArray<(SourceLocation Place, int Bytes)> items, byte[] packed, ImmutableArray<string> warnings) =>
        (_options, _inputs, _items, _packed, _warnings) = (options, inputs, items, packed, warnings);

    /// <param name="options">Everything beside files that says what the source is rendered to.</param>
    /// <param name="trees">What was read, one for each source.</param>
    /// <param name="result">What came of it.</param>
    public static RenderedPart Of(string options, IEnumerable<RecordingSourceTree> trees, RenderResult result)
    {
        var items = ImmutableArray.CreateBuilder<(SourceLocation, int)>(result.Objects.Length);
        using var packed = new MemoryStream();
        using (var packing = new BrotliStream(packed, CompressionLevel.Fastest))
        {
            foreach (var item in result.Objects)
            {
                var utf8 = item.Object.ToUtf8();
                packing.Write(utf8);
                items.Add((item.Location, utf8.Length));
            }
        }

        return new(options, [.. trees.Select(static tree => tree.Inputs)], items.MoveToImmutable(), packed.ToArray(), result.Warnings);
    }

    /// <summary>Whether the source would be rendered to the same again.</summary>
    /// <param name="options">As of the rendering that is asked for.</param>
    /// <param name="trees">The files of all sources as they are now.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async ValueTask<bool> HoldsAsync(string options, IReadOnlyList<ISourceTree> trees, CancellationToken cancellationToken)
    {
        if (_options != options || _inputs.Length != trees.Count)
        {
            return false;
        }

        for (var i = 0; i < trees.Count; i++)
        {
            if (!await _inputs[i].HoldAsync(trees[i], cancellationToken))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Writes down what was read for it, as if it had been read again.</summary>
    public void Recall(IReadOnlyList<RecordingSourceTree> trees)
    {
        for (var i = 0; i < trees.Count; i++)
        {
            trees[i].Recall(_inputs[i]);
        }
    }

    /// <summary>What it was rendered to, each time anew: who gets the objects may change them.</summary>
    public RenderResult ToResult()
    {
        using var unpacking = new BrotliStream(new MemoryStream(_packed), CompressionMode.Decompress);
        var buffer = new byte[_items.Length == 0 ? 0 : _items.Max(static item => item.Bytes)];
        var objects = ImmutableArray.CreateBuilder<RenderedObject>(_items.Length);
        foreach (var (place, bytes) in _items)
        {
            var utf8 = buffer.AsSpan(0, bytes);
            unpacking.ReadExactly(utf8);
            objects.Add(new(KubernetesObject.Parse(utf8), place));
        }

        return new(objects.MoveToImmutable(), RecordedInputs.None, _warnings);
    }
}
