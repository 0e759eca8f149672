namespace GitOps.Sandbox.Cel.Estimation;

/// <summary>
/// The most an expression can cost for any value its schema allows, as the API server reckons it: what decides whether a rule may
/// be created. It follows the expression's fields through the declared types; where it loses them, sizes are unknown.
/// </summary>
/// <param name="root">The type of <c>self</c>.</param>
internal sealed class CelEstimate(CelType root)
{
    public const double PerCharacter = 0.1;
    public const double PerPatternCharacter = 0.25;

    private readonly Dictionary<CelNode, CelSize> _sizes = [];
    private readonly Dictionary<CelNode, CelEntrySizes> _entries = [];
    private readonly Dictionary<CelNode, Place> _places = [];
    private readonly List<Local> _locals = [];

    /// <summary>The cost of a checked tree.</summary>
    public static ulong Of(CelNode node, CelType root) => new CelEstimate(root).Cost(node);

    public CelSize SizeOf(CelNode node) => Size(node) ?? CelSize.Unknown;

    /// <summary>How long the items of a list can be, as its schema tells; null if it is no list.</summary>
    public CelSize? ItemSizeOf(CelNode list)
    {
        if (list.Type.Parameters.IsEmpty)
        {
            return null;
        }

        var place = PlaceOf(list);
        return place.IsNowhere ? CelSize.Unknown : Declared(place.Step("@items", root)) ?? CelSize.Unknown;
    }

    private ulong Cost(CelNode node) => node switch
    {
        IdentifierNode identifier => Identifier(identifier),
        SelectNode select => Select(select),
        CallNode { Function: "dyn", Target: null } call => Dyn(call),
        CallNode call => Call(call),
        ListNode list => List(list),
        MapNode map => Map(map),
        StructNode message => CelMath.Add(CelLiterals.StructCost, Sum(message.Fields.Select(static field => field.Value))),
        FoldNode { Range: ListNode { Elements.IsEmpty: true }, Condition: LiteralNode } let => Let(let),
        FoldNode fold => Fold(fold),
        _ => 0,
    };

    private ulong Sum(IEnumerable<CelNode> nodes) => nodes.Aggregate(0UL, (sum, node) => CelMath.Add(sum, Cost(node)));

    private Local? Find(string name) => _locals.FindLast(local => local.Name == name);

    private ulong Identifier(IdentifierNode node)
    {
        var local = node.Reference is null ? Find(node.Name) : null;
        _places[node] = local?.Place ?? Place.Root(root);
        return local?.Cost ?? 1;
    }

    private ulong Select(SelectNode node)
    {
        if (node.Reference is not null)
        {
            return 1;
        }

        var cost = Cost(node.Operand);
        if (node.IsTest)
        {
            return cost;
        }

        _places[node] = PlaceOf(node.Operand).Step(node.Field, root);
        return node.Operand.Type.Kind is CelKind.Map or CelKind.Object ? CelMath.Add(cost, 1) : cost;
    }

    private ulong Dyn(CallNode node)
    {
        var cost = Cost(node.Arguments[0]);
        CopySizes(node, node.Arguments[0]);
        return CelMath.Add(cost, 1);
    }

    private ulong Call(CallNode node)
    {
        var arguments = node.Arguments.Select(Cost).ToArray();
        var target = node is { Target: { } receiver, IsQualified: false } ? Cost(receiver) : 0;
        var cost = 0UL;
        CelSize? result = null;
        foreach (var overload in node.Overloads)
        {
            var (own, size) = CelCallEstimate.Of(this, node, overload.Id, arguments);
            cost = Math.Max(cost, own);
            result = size is null ? result : result?.Union(size.Value) ?? size;
            if (overload.Id is "index_list" or "index_map")
            {
                result = Entries(node.Arguments[0])?.Value;
                _places[node] = PlaceOf(node.Arguments[0]).Step("@items", root);
            }

            result ??= Size(node);
        }

        if (node.Function == CelOperators.OptionalSelect)
        {
            cost = CelMath.Add(arguments[0], 1);
        }

        Combine(node);
        if (result is { } known)
        {
            _sizes[node] = known;
        }

        return CelMath.Add(target, cost);
    }

    /// <summary>What the entries of a sum, or of either branch, can be.</summary>
    private void Combine(CallNode node)
    {
        var (left, right) = node.Function switch
        {
            CelOperators.Conditional => (node.Arguments[1], node.Arguments[2]),
            CelOperators.Add => (node.Arguments[0], node.Arguments[1]),
            _ => (null, null),
        };
        if (left is not null && CelEntrySizes.Union(Entries(left), Entries(right!)) is { } entries)
        {
            _entries[node] = entries;
        }
    }

    private ulong List(ListNode node)
    {
        var cost = Sum(node.Elements.Select(static element => element.Value));
        var item = node.Elements.Aggregate(
            node.Elements.IsEmpty ? new CelSize(0, 0) : CelSize.Nothing, (size, element) => size.Union(SizeOf(element.Value)));
        _entries[node] = new(CelKind.List, CelSize.Of(1), item);
        return CelMath.Add(cost, CelLiterals.ListCost);
    }

    private ulong Map(MapNode node)
    {
        var cost = Sum(node.Entries.SelectMany(static entry => new[] { entry.Key, entry.Value }));
        var none = node.Entries.IsEmpty ? new CelSize(0, 0) : CelSize.Nothing;
        _entries[node] = new(
            CelKind.Map,
            node.Entries.Aggregate(none, (size, entry) => size.Union(SizeOf(entry.Key))),
            node.Entries.Aggregate(none, (size, entry) => size.Union(SizeOf(entry.Value))));
        return CelMath.Add(cost, CelLiterals.MapCost);
    }

    private ulong Let(FoldNode node)
    {
        // What optMap is called on is evaluated wherever it is needed.
        var isRepeated = node.AccumulatorName == CelMacros.Target;
        var initial = Cost(node.Initial);
        _locals.Add(new(node.AccumulatorName, PlaceOf(node.Initial), Size(node.Initial), Entries(node.Initial), isRepeated ? initial : 1));
        var cost = CelMath.Add(isRepeated ? 0 : CelMath.Add(initial, CelLiterals.ListCost), Cost(node.Result));
        _locals.RemoveAt(_locals.Count - 1);
        CopySizes(node, node.Result);
        return cost;
    }

    private ulong Fold(FoldNode node)
    {
        var cost = CelMath.Add(Cost(node.Range), Cost(node.Initial));
        var depth = _locals.Count;
        _locals.Add(new(node.AccumulatorName, PlaceOf(node.Initial), Size(node.Initial), Entries(node.Initial), 1));
        Iterate(node);
        var step = CelMath.Add(Cost(node.Condition), Cost(node.Step));
        _locals.RemoveRange(depth + 1, _locals.Count - depth - 1);
        cost = CelMath.Add(cost, Cost(node.Result));
        _locals.RemoveAt(depth);
        var count = SizeOf(node.Range);
        switch (node.Initial)
        {
            case LiteralNode when Size(node.Initial) is { } size:
                _sizes[node] = size;
                break;
            case ListNode or MapNode:
                _sizes[node] = count;
                if (Entries(node.Step) is { } entries)
                {
                    _entries[node] = entries;
                }

                break;
            default:
                break;
        }

        return CelMath.Add(cost, CelMath.Multiply(count.Max, step));
    }

    private void Iterate(FoldNode node)
    {
        var entries = Entries(node.Range);
        var container = entries?.Container ?? node.Range.Type.Kind;
        var place = PlaceOf(node.Range);
        if (node.Variable2 is { } second)
        {
            _locals.Add(new(node.Variable, place.Step(container == CelKind.List ? "@indices" : "@keys", root), entries?.Key, null, 1));
            _locals.Add(new(second, place.Step("@items", root), entries?.Value, null, 1));
        }
        else if (container == CelKind.List)
        {
            _locals.Add(new(node.Variable, place.Step("@items", root), entries?.Value, null, 1));
        }
        else
        {
            _locals.Add(new(node.Variable, place.Step("@keys", root), entries?.Key, null, 1));
        }
    }

    private void CopySizes(CelNode to, CelNode from)
    {
        if (Size(from) is { } size)
        {
            _sizes[to] = size;
        }

        if (Entries(from) is { } entries)
        {
            _entries[to] = entries;
        }
    }

    private Place PlaceOf(CelNode node) =>
        node is IdentifierNode { Reference: null } identifier && Find(identifier.Name) is { } local ? local.Place : _places.GetValueOrDefault(node);

    private CelEntrySizes? Entries(CelNode node) =>
        _entries.TryGetValue(node, out var entries) ? entries
        : node is IdentifierNode { Reference: null } identifier ? Find(identifier.Name)?.Entries
        : null;

    private CelSize? Size(CelNode node)
    {
        if (_sizes.TryGetValue(node, out var known))
        {
            return known;
        }

        CelSize? written = node switch
        {
            LiteralNode { Value: CelString or CelBytes } literal => CelSize.Of(literal.Value.Size),
            LiteralNode => CelSize.Of(1),
            ListNode list => CelSize.Of(list.Elements.Length),
            MapNode map => CelSize.Of(map.Entries.Length),
            _ => null,
        };
        return written
            ?? Declared(PlaceOf(node))
            ?? (IsScalar(node.Type) ? CelSize.Of(1) : default(CelSize?))
            ?? (node is IdentifierNode { Reference: null } identifier ? Find(identifier.Name)?.Size : null);
    }

    private static CelSize? Declared(Place place) => place.Type is { } type ? new CelSize(0, (ulong)(type.MaxSize ?? 0)) : null;

    private static bool IsScalar(CelType type) => type.Kind switch
    {
        CelKind.Bool or CelKind.Double or CelKind.Duration or CelKind.Int or CelKind.Timestamp or CelKind.Uint => true,
        _ => type.IsOptional && IsScalar(type.Parameters[0]),
    };

    private sealed record Local(string Name, Place Place, CelSize? Size, CelEntrySizes? Entries, ulong Cost);

    /// <summary>Where in the schema a value stands: nowhere, at a type, or at a place the schema does not have.</summary>
    private readonly record struct Place(bool IsSomewhere, CelType? Type)
    {
        public bool IsNowhere => !IsSomewhere;

        public static Place Root(CelType root) => new(true, root);

        /// <summary>One step down. The first step of a value from nowhere counts as the root, as the API server has it.</summary>
        public Place Step(string name, CelType root)
        {
            if (!IsSomewhere)
            {
                return Root(root);
            }

            return new(true, name switch
            {
                "@items" => Type is { Kind: CelKind.List or CelKind.Map } container ? container.Parameters[^1] : null,
                "@keys" => Type is { Kind: CelKind.Map } map ? map.Parameters[0] : null,
                _ => Type?.Fields.Find(name)?.Type,
            });
        }
    }
}
