using System.Collections.Concurrent;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Schema;

/// <summary>The type of every kind that is served: the built-in ones, and the custom resources of one server.</summary>
internal sealed class SchemaRegistry
{
    private readonly ConcurrentDictionary<GroupVersionKind, TypeSchema> _custom = [];

    /// <summary>Only the built-in kinds; shared, so nothing may be set in it.</summary>
    public static SchemaRegistry BuiltIn { get; } = new();

    public TypeSchema? Find(GroupVersionKind kind) =>
        _custom.TryGetValue(kind, out var custom) ? custom : BuiltInSchemas.Instance.Find(kind);

    /// <exception cref="InvalidOperationException">The registry is the shared one, or the kind is built in.</exception>
    public void Set(GroupVersionKind kind, TypeSchema type)
    {
        if (ReferenceEquals(this, BuiltIn) || BuiltInSchemas.Instance.Kinds.ContainsKey(kind))
        {
            throw new InvalidOperationException($"the type of {kind} cannot be replaced");
        }

        _custom[kind] = type;
    }

    public void Remove(GroupVersionKind kind) => _custom.TryRemove(kind, out _);
}
