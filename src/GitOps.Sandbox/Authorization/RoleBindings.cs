using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Authorization;

/// <summary>Somebody whom a binding can name.</summary>
/// <param name="IsGroup">A group; else a user, which a service account is too.</param>
/// <param name="Name">The user's or the group's.</param>
internal readonly record struct Subject(bool IsGroup, string Name);

/// <summary>The role of a binding.</summary>
/// <param name="Kind">ClusterRole or Role.</param>
/// <param name="Namespace">Of a Role; empty for a ClusterRole.</param>
/// <param name="Name">Its name.</param>
internal readonly record struct RoleReference(string Kind, string Namespace, string Name)
{
    public const string ClusterRole = "ClusterRole";

    /// <summary>A binding's <c>roleRef</c>.</summary>
    /// <param name="reference">Kind and name.</param>
    /// <param name="namespace">The binding's; empty for a ClusterRoleBinding.</param>
    public static RoleReference Read(JsonObject? reference, string @namespace)
    {
        var kind = KubernetesObject.GetString(reference, "kind") ?? string.Empty;
        return new(kind, kind == ClusterRole ? string.Empty : @namespace, KubernetesObject.GetString(reference, "name") ?? string.Empty);
    }
}

/// <summary>A RoleBinding or ClusterRoleBinding, as far as it decides about access.</summary>
/// <param name="Namespace">Empty for a ClusterRoleBinding.</param>
/// <param name="Name">Its name.</param>
/// <param name="Role">What it grants.</param>
/// <param name="Subjects">To whom, each with how messages call it.</param>
internal sealed record RoleBinding(
    string Namespace, string Name, RoleReference Role, ImmutableArray<(Subject Subject, string Description)> Subjects)
{
    public static RoleBinding Read(KubernetesObject binding)
    {
        var subjects = ImmutableArray.CreateBuilder<(Subject, string)>();
        foreach (var subject in (binding.At("subjects") as JsonArray ?? []).OfType<JsonObject>())
        {
            var name = KubernetesObject.GetString(subject, "name") ?? string.Empty;
            switch (KubernetesObject.GetString(subject, "kind"))
            {
                case "User":
                    subjects.Add((new(false, name), $"User \"{name}\""));
                    break;
                case "Group":
                    subjects.Add((new(true, name), $"Group \"{name}\""));
                    break;
                case "ServiceAccount":
                    var ns = KubernetesObject.GetString(subject, "namespace") is { Length: > 0 } given ? given : binding.Namespace;
                    if (ns.Length > 0)
                    {
                        subjects.Add((new(false, Http.Caller.ServiceAccount(ns, name)), $"ServiceAccount \"{name}/{ns}\""));
                    }

                    break;
                default:
                    break;
            }
        }

        return new(binding.Namespace, binding.Name, RoleReference.Read(binding.At("roleRef") as JsonObject, binding.Namespace), subjects.ToImmutable());
    }

    /// <summary>Why a request is allowed by it.</summary>
    public string Describe(Http.Caller caller)
    {
        var (kind, name) = Namespace.Length == 0 ? ("ClusterRoleBinding", Name) : ("RoleBinding", $"{Name}/{Namespace}");
        var subject = Subjects.First(item => item.Subject.IsGroup ? caller.IsIn(item.Subject.Name) : caller.Name == item.Subject.Name).Description;
        return $"RBAC: allowed by {kind} \"{name}\" of {Role.Kind} \"{Role.Name}\" to {subject}";
    }
}
