using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Api;

/// <summary>
/// <c>spec.dependsOn</c>. Another namespace may be named only from a trusted one: a dependency tells how an Application there
/// stands. Whether they exist and whether they go in a circle is not to be seen from one spec.
/// </summary>
internal static class DependencyRules
{
    private const string Path = "spec.dependsOn";

    public static ImmutableArray<NamespacedName> Check(
        NamespacedName application, ImmutableArray<Dependency> dependencies, TrustPolicy policy, SpecErrors errors)
    {
        var named = ImmutableArray.CreateBuilder<NamespacedName>(dependencies.Length);
        for (var i = 0; i < dependencies.Length; i++)
        {
            var field = $"{Path}[{i}]";
            var (name, @namespace) = (dependencies[i].Name ?? string.Empty, dependencies[i].Namespace);
            var key = new NamespacedName(string.IsNullOrEmpty(@namespace) ? application.Namespace : @namespace, name);
            if (!KubernetesNames.IsSubdomain(name))
            {
                errors.Invalid($"{field}.name", $"'{name}' is no name of an Application");
            }
            else if (!KubernetesNames.IsLabel(key.Namespace))
            {
                errors.Invalid($"{field}.namespace", $"'{key.Namespace}' is no name of a namespace");
            }
            else if (key == application)
            {
                errors.Invalid(field, "an Application cannot depend on itself; remove it");
            }
            else if (key.Namespace != application.Namespace && !policy.Trusts(application.Namespace))
            {
                errors.Invalid($"{field}.namespace",
                    $"namespace {application.Namespace} is not trusted to depend on Applications of other namespaces; name one of this namespace");
            }
            else if (named.Contains(key))
            {
                errors.Invalid(field, $"{key} is named twice; remove one of the two");
            }
            else
            {
                named.Add(key);
            }
        }

        return named.ToImmutable();
    }
}
