using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Tests.Schema;

public sealed class BuiltInSchemaTests
{
    [Fact]
    public void Every_kind_resolves_down_to_its_leaves()
    {
        var seen = new HashSet<TypeSchema>(ReferenceEqualityComparer.Instance);
        foreach (var kind in BuiltInSchemas.Instance.Kinds.Keys)
        {
            Visit(SchemaRegistry.BuiltIn.Find(kind)!, seen);
        }

        BuiltInSchemas.Instance.Kinds.Count.ShouldBeGreaterThan(100);
        seen.Count.ShouldBeGreaterThan(1000);
    }

    [Fact]
    public void A_shared_component_is_one_type_and_a_recursive_one_ends()
    {
        var instance = BuiltInSchemas.Instance;
        var pod = instance.Component("io.k8s.api.core.v1.PodSpec");
        pod.Child("containers")!.Item.ShouldBeSameAs(pod.Child("initContainers")!.Item);
        var schema = instance.Component("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps");
        schema.Child("properties")!.Additional.ShouldBeSameAs(schema);
    }

    [Fact]
    public void List_types_and_keys_are_as_recorded()
    {
        var ports = BuiltInSchemas.Instance.Component("io.k8s.api.core.v1.Container").Child("ports")!;
        ports.ListKind.ShouldBe(ListKind.Map);
        ports.ListKeys.ShouldBe(["containerPort", "protocol"]);
        ports.PatchMergeKey.ShouldBe("containerPort");
        BuiltInSchemas.Instance.ObjectMeta.Child("finalizers")!.ListKind.ShouldBe(ListKind.Set);
        BuiltInSchemas.Instance.Component("io.k8s.api.apps.v1.DeploymentSpec").Child("selector")!.IsAtomic.ShouldBeTrue();
    }

    [Fact]
    public void Custom_types_are_of_one_registry_and_never_replace_built_in_ones()
    {
        var registry = new SchemaRegistry();
        registry.Set(new("x.io", "v1", "X"), TypeSchema.Untyped);
        registry.Find(new("x.io", "v1", "X")).ShouldBeSameAs(TypeSchema.Untyped);
        SchemaRegistry.BuiltIn.Find(new("x.io", "v1", "X")).ShouldBeNull();
        registry.Remove(new("x.io", "v1", "X"));
        registry.Find(new("x.io", "v1", "X")).ShouldBeNull();
        Should.Throw<InvalidOperationException>(() => registry.Set(new("apps", "v1", "Deployment"), TypeSchema.Untyped));
        Should.Throw<InvalidOperationException>(() => SchemaRegistry.BuiltIn.Set(new("x.io", "v1", "X"), TypeSchema.Untyped));
    }

    private static void Visit(TypeSchema type, HashSet<TypeSchema> seen)
    {
        if (seen.Add(type))
        {
            foreach (var below in type.Properties.Values.Select(static property => property.Type).Append(type.Additional).Append(type.Item).OfType<TypeSchema>())
            {
                Visit(below, seen);
            }
        }
    }
}
