using System.Text.Json.Nodes;
using GitOps.Sandbox.Authorization;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Tests.Access;

/// <summary>What is known of roles and bindings follows what is stored.</summary>
public sealed class RoleIndexTests
{
    private static readonly AccessRequest GetPods = new("get", string.Empty, "pods", string.Empty, "a", string.Empty);

    private readonly Cluster _cluster = new(new());

    [Fact]
    public void A_binding_counts_as_soon_as_it_is_there_and_no_longer()
    {
        Put("Role", "a", "r", Rules("pods"));
        IsAllowed("u").ShouldBeFalse();

        Put("RoleBinding", "a", "b", Binding("Role", "r", "u"));
        IsAllowed("u").ShouldBeTrue();

        Delete("RoleBinding", "a", "b");
        IsAllowed("u").ShouldBeFalse();
    }

    [Fact]
    public void A_changed_binding_counts_for_those_it_names_now()
    {
        Put("Role", "a", "r", Rules("pods"));
        Put("RoleBinding", "a", "b", Binding("Role", "r", "u", "v"));

        Put("RoleBinding", "a", "b", Binding("Role", "r", "v", "w"));

        (IsAllowed("u"), IsAllowed("v"), IsAllowed("w")).ShouldBe((false, true, true));
    }

    [Fact]
    public void A_role_that_comes_later_counts_and_a_changed_one_as_it_is_now()
    {
        Put("RoleBinding", "a", "b", Binding("Role", "r", "u"));
        Decide("u").Reason.ShouldBe("RBAC: role.rbac.authorization.k8s.io \"r\" not found");

        Put("Role", "a", "r", Rules("pods"));
        IsAllowed("u").ShouldBeTrue();
        Put("Role", "a", "r", Rules("secrets"));
        IsAllowed("u").ShouldBeFalse();
        Delete("Role", "a", "r");
        Decide("u").Reason.ShouldBe("RBAC: role.rbac.authorization.k8s.io \"r\" not found");
    }

    [Fact]
    public void Roles_and_bindings_of_one_name_in_two_namespaces_are_two()
    {
        Put("Role", "b", "r", Rules("pods"));
        Put("RoleBinding", "b", "b", Binding("Role", "r", "u"));
        IsAllowed("u").ShouldBeFalse();

        Put("Role", "a", "r", Rules("pods"));
        Put("RoleBinding", "a", "b", Binding("Role", "r", "u"));
        Delete("RoleBinding", "b", "b");
        IsAllowed("u").ShouldBeTrue();
    }

    [Fact]
    public void What_was_there_before_anybody_asked_counts_too_and_compaction_loses_nothing()
    {
        Put("ClusterRole", "", "r", Rules("pods"));
        Put("ClusterRoleBinding", "", "b", Binding("ClusterRole", "r", "u"));
        IsAllowed("u").ShouldBeTrue();

        Delete("ClusterRoleBinding", "", "b");
        _cluster.Store.Compact();
        Put("ClusterRoleBinding", "", "c", Binding("ClusterRole", "r", "v"));

        (IsAllowed("u"), IsAllowed("v")).ShouldBe((false, true));
    }

    [Fact]
    public async Task Many_may_write_while_many_ask()
    {
        Put("ClusterRole", "", "r", Rules("pods"));
        using var done = new CancellationTokenSource();
        var asking = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                IsAllowed("u0");
            }
        });

        Parallel.For(0, 200, i =>
        {
            Put("ClusterRoleBinding", "", $"b{i}", Binding("ClusterRole", "r", $"u{i}"));
            IsAllowed($"u{i}").ShouldBeTrue();
            if (i % 2 == 0)
            {
                Delete("ClusterRoleBinding", "", $"b{i}");
                IsAllowed($"u{i}").ShouldBeFalse();
            }
        });

        await done.CancelAsync();
        await asking;
        Enumerable.Range(0, 200).Where(i => IsAllowed($"u{i}") != (i % 2 != 0)).ShouldBeEmpty();
    }

    private static JsonObject Rules(string resource) => new()
    {
        ["rules"] = new JsonArray(new JsonObject { ["apiGroups"] = new JsonArray(""), ["resources"] = new JsonArray(resource), ["verbs"] = new JsonArray("get") }),
    };

    private static JsonObject Binding(string kind, string role, params IEnumerable<string> users) => new()
    {
        ["roleRef"] = new JsonObject { ["apiGroup"] = RoleIndex.Group, ["kind"] = kind, ["name"] = role },
        ["subjects"] = new JsonArray([.. users.Select(static user => new JsonObject { ["kind"] = "User", ["name"] = user })]),
    };

    private AccessDecision Decide(string user) => _cluster.Access.Decide(new(user, [Caller.Authenticated]), GetPods);

    private bool IsAllowed(string user) => Decide(user).IsAllowed;

    private void Put(string kind, string @namespace, string name, JsonObject content)
    {
        content["kind"] = kind;
        content["apiVersion"] = $"{RoleIndex.Group}/v1";
        content["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = @namespace, ["uid"] = Guid.NewGuid().ToString() };
        var draft = StoredObject.Draft(content);
        var table = Table(kind);
        while (table.Find(@namespace, name) is { } stored
            ? _cluster.Store.TryReplace(table, stored, draft) is null
            : _cluster.Store.TryCreate(table, draft) is null)
        {
            // Somebody else was faster.
        }
    }

    private void Delete(string kind, string @namespace, string name) =>
        _cluster.Store.TryDelete(Table(kind), Table(kind).Find(@namespace, name)!).ShouldNotBeNull();

    private ResourceTable Table(string kind) => _cluster.Store.Table(new(RoleIndex.Group, $"{kind.ToLowerInvariant()}s"));
}
