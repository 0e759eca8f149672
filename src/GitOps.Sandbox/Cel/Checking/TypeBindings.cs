namespace GitOps.Sandbox.Cel.Checking;

/// <summary>
/// What the placeholders of types stand for, found while checking. A failed attempt leaves nothing behind.
/// </summary>
internal sealed class TypeBindings
{
    private readonly Dictionary<string, CelType> _bound = new(StringComparer.Ordinal);
    private readonly Stack<(string Name, CelType? Before)> _changes = new();
    private int _fresh;

    /// <summary>A placeholder of its own.</summary>
    public CelType Fresh() => CelType.Parameter($"_var{_fresh++}");

    /// <summary>Whether a value of the one type can stand where the other is asked for.</summary>
    public bool TryAssign(CelType left, CelType right) => Try(() => IsAssignable(left, right));

    public bool TryAssign(IReadOnlyList<CelType> left, IReadOnlyList<CelType> right) => Try(() => AreAssignable(left, right));

    /// <summary>The type with its placeholders replaced.</summary>
    /// <param name="type">The type.</param>
    /// <param name="toDyn">Whether those that are bound to nothing become dyn.</param>
    public CelType Substitute(CelType type, bool toDyn) => Substitute(type, _bound, toDyn);

    /// <summary>The overload's types with placeholders of their own.</summary>
    public (List<CelType> Parameters, CelType Result) Instantiate(CelOverload overload)
    {
        if (!overload.IsGeneric)
        {
            return ([.. overload.Parameters], overload.Result);
        }

        var fresh = new Dictionary<string, CelType>(StringComparer.Ordinal);
        CelType Renamed(CelType type)
        {
            Collect(type, fresh);
            return Substitute(type, fresh, toDyn: false);
        }

        return ([.. overload.Parameters.Select(Renamed)], Renamed(overload.Result));
    }

    /// <summary>The wider of two types of which one can stand for the other.</summary>
    public static CelType MostGeneral(CelType left, CelType right) => IsLessSpecific(left, right) ? left : right;

    private static bool IsLessSpecific(CelType left, CelType right)
    {
        if (left.Kind is CelKind.Dyn or CelKind.Parameter)
        {
            return true;
        }

        if (right.Kind is CelKind.Dyn or CelKind.Parameter || left.Kind != right.Kind)
        {
            return false;
        }

        return left.Kind switch
        {
            CelKind.Type => true,
            CelKind.Opaque or CelKind.List or CelKind.Map => left.Name == right.Name
                && left.Parameters.Length == right.Parameters.Length
                && left.Parameters.Zip(right.Parameters).All(static pair => IsLessSpecific(pair.First, pair.Second)),
            _ => left.Is(right),
        };
    }

    private static CelType Substitute(CelType type, Dictionary<string, CelType> bound, bool toDyn)
    {
        if (type.Kind == CelKind.Parameter)
        {
            return bound.TryGetValue(type.Name, out var value) ? Substitute(value, bound, toDyn) : toDyn ? CelType.Dyn : type;
        }

        if (type.Parameters.IsEmpty)
        {
            return type;
        }

        CelType At(int index) => Substitute(type.Parameters[index], bound, toDyn);

        return type.Kind switch
        {
            CelKind.List when type.MaxSize is { } size => CelType.ListOf(At(0), size),
            CelKind.Map when type.MaxSize is { } size => CelType.MapOf(At(0), At(1), size),
            CelKind.List => CelType.ListOf(At(0)),
            CelKind.Map => CelType.MapOf(At(0), At(1)),
            CelKind.Type => CelType.TypeOf(At(0)),
            _ => CelType.Opaque(type.Name, [.. type.Parameters.Select(parameter => Substitute(parameter, bound, toDyn))]),
        };
    }

    private void Collect(CelType type, Dictionary<string, CelType> fresh)
    {
        if (type.Kind == CelKind.Parameter)
        {
            if (!fresh.ContainsKey(type.Name))
            {
                fresh[type.Name] = Fresh();
            }
        }
        else
        {
            foreach (var parameter in type.Parameters)
            {
                Collect(parameter, fresh);
            }
        }
    }

    private bool Try(Func<bool> attempt)
    {
        _changes.Clear();
        if (attempt())
        {
            return true;
        }

        while (_changes.TryPop(out var change))
        {
            if (change.Before is null)
            {
                _bound.Remove(change.Name);
            }
            else
            {
                _bound[change.Name] = change.Before;
            }
        }

        return false;
    }

    private void Bind(string name, CelType type)
    {
        _changes.Push((name, _bound.GetValueOrDefault(name)));
        _bound[name] = type;
    }

    private bool IsAssignable(CelType left, CelType right)
    {
        if (right.Kind == CelKind.Parameter)
        {
            var (isValid, isBound) = Bound(left, right);
            if (isValid || isBound)
            {
                return isValid;
            }
        }

        if (left.Kind == CelKind.Parameter)
        {
            return Bound(right, left).IsValid;
        }

        if (left.Kind is CelKind.Dyn or CelKind.Error || right.Kind is CelKind.Dyn or CelKind.Error)
        {
            return true;
        }

        if (left.Kind == CelKind.Null || right.Kind == CelKind.Null)
        {
            var other = left.Kind == CelKind.Null ? right : left;
            return other.Kind is CelKind.Null or CelKind.Opaque or CelKind.Object or CelKind.Duration or CelKind.Timestamp;
        }

        return left.Kind switch
        {
            CelKind.Type => right.Kind == CelKind.Type,
            CelKind.Opaque or CelKind.List or CelKind.Map =>
                left.Kind == right.Kind && left.Name == right.Name && AreAssignable(left.Parameters, right.Parameters),
            _ => left.Is(right),
        };
    }

    private bool AreAssignable(IReadOnlyList<CelType> left, IReadOnlyList<CelType> right)
    {
        if (left.Count != right.Count)
        {
            return false;
        }

        for (var i = 0; i < left.Count; i++)
        {
            if (!IsAssignable(left[i], right[i]))
            {
                return false;
            }
        }

        return true;
    }

    private (bool IsValid, bool IsBound) Bound(CelType type, CelType parameter)
    {
        if (type.Kind == parameter.Kind && type.Is(parameter))
        {
            return (true, true);
        }

        if (_bound.TryGetValue(parameter.Name, out var bound))
        {
            if (type.Is(bound))
            {
                return (true, true);
            }

            if (!IsAssignable(type, bound))
            {
                return (false, true);
            }

            var wider = MostGeneral(type, bound);
            if (!Occurs(parameter, wider))
            {
                Bind(parameter.Name, wider);
            }

            return (true, true);
        }

        if (Occurs(parameter, type))
        {
            return (false, false);
        }

        Bind(parameter.Name, type);
        return (true, false);
    }

    /// <summary>Whether the placeholder is part of the type, which would then contain itself.</summary>
    private bool Occurs(CelType parameter, CelType within)
    {
        if (within.Is(parameter))
        {
            return true;
        }

        return within.Kind == CelKind.Parameter
            ? _bound.TryGetValue(within.Name, out var bound) && Occurs(parameter, bound)
            : within.Parameters.Any(part => Occurs(parameter, part));
    }
}
