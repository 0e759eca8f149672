namespace GitOps.Manifests.Yaml;

/// <summary>How deep a walk over one document may go, and how much its aliases may stand for.</summary>
internal sealed class YamlBudget(YamlLimits limits)
{
    /// <summary>What a node costs of the budget beside its characters: about what it takes in memory.</summary>
    private const int NodeCost = 32;

    private int _depth;
    private int _aliasDepth;
    private long _expanded;

    /// <exception cref="YamlErrorException">The aliases stand for too much.</exception>
    public void Take(YamlScalar scalar) => Spend(scalar, NodeCost + scalar.Text.Length);

    /// <summary>Into a mapping or a list.</summary>
    /// <exception cref="YamlErrorException">It is too deep, or the aliases stand for too much.</exception>
    public void Enter(YamlNode node)
    {
        Spend(node, NodeCost);
        if (++_depth > limits.MaxDepth)
        {
            throw new YamlErrorException(node.Line, $"nested deeper than {limits.MaxDepth} levels");
        }
    }

    public void Leave() => _depth--;

    /// <summary>Into what an alias stands for: all in it counts.</summary>
    public void EnterAlias() => _aliasDepth++;

    public void LeaveAlias() => _aliasDepth--;

    private void Spend(YamlNode node, int size)
    {
        if (_aliasDepth == 0)
        {
            return;
        }

        _expanded += size;
        if (_expanded > limits.MaxExpansion)
        {
            throw new YamlErrorException(node.Line, "the aliases of the document stand for too much: write the values out");
        }
    }
}
