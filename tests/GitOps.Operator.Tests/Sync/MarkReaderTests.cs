using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Sync;

namespace GitOps.Operator.Tests.Sync;

public sealed class MarkReaderTests
{
    private const string Argo = "argocd.argoproj.io/";
    private const string Ours = "gitops-operator.dev/";

    /// <summary>Annotations as <c>name=value</c> lines; wave, phases, deletion, or what is said to be wrong.</summary>
    public static TheoryData<string, string> Marks => new()
    {
        { "", "0" },
        { $"{Argo}sync-wave=3", "3" },
        { $"{Argo}sync-wave= -2 ", "-2" },
        { $"{Argo}sync-wave=3\n{Ours}sync-wave=5", "5" },
        { $"{Argo}sync-wave=three", $"{Argo}sync-wave: 'three' is no whole number" },
        { $"{Argo}sync-wave=", $"{Argo}sync-wave: '' is no whole number" },
        { $"{Argo}sync-wave=99999999999", $"{Argo}sync-wave: '99999999999' is no whole number" },
        { $"{Argo}hook=PreSync", "0 PreSync BeforeHookCreation" },
        { $"{Argo}hook=PreSync, PostSync", "0 PreSync,PostSync BeforeHookCreation" },
        { $"{Argo}hook=PreSync,PreSync", "0 PreSync BeforeHookCreation" },
        { $"{Ours}hook=SyncFail\n{Argo}hook=PreSync", "0 SyncFail BeforeHookCreation" },
        { $"{Argo}hook=PreDelete\n{Argo}sync-wave=-1", "-1 PreDelete BeforeHookCreation" },
        { $"{Argo}hook=Skip", "left out" },
        { $"{Argo}hook=Skip,Sync", "0 Sync BeforeHookCreation" },
        { $"{Argo}hook=Presync", $"{Argo}hook: 'Presync' is no hook" },
        { $"{Argo}hook=PreSync,Postsync", $"{Argo}hook: 'Postsync' is no hook" },
        { $"{Argo}hook=", $"{Argo}hook is empty" },
        { $"{Argo}hook=Sync\n{Argo}hook-delete-policy=HookSucceeded", "0 Sync HookSucceeded" },
        { $"{Argo}hook=Sync\n{Argo}hook-delete-policy=HookSucceeded,HookFailed", "0 Sync HookSucceeded, HookFailed" },
        { $"{Argo}hook=Sync\n{Ours}hook-delete-policy=HookFailed\n{Argo}hook-delete-policy=HookSucceeded", "0 Sync HookFailed" },
        { $"{Argo}hook=Sync\n{Argo}hook-delete-policy=hook-succeeded", $"{Argo}hook-delete-policy: 'hook-succeeded' is no delete policy" },
        { "helm.sh/hook=pre-install", "0 PreSync BeforeHookCreation" },
        { "helm.sh/hook=pre-install,pre-upgrade", "0 PreSync BeforeHookCreation" },
        { "helm.sh/hook=post-upgrade\nhelm.sh/hook-weight=-5", "-5 PostSync BeforeHookCreation" },
        { "helm.sh/hook=post-delete,pre-delete", "0 PostDelete,PreDelete BeforeHookCreation" },
        { "helm.sh/hook=pre-install\nhelm.sh/hook-delete-policy=hook-succeeded,before-hook-creation", "0 PreSync BeforeHookCreation, HookSucceeded" },
        { "helm.sh/hook=pre-install\nhelm.sh/hook-weight=5\nargocd.argoproj.io/sync-wave=1", "1 PreSync BeforeHookCreation" },
        { "helm.sh/hook=crd-install\nhelm.sh/hook-weight=2", "2" },
        { "helm.sh/hook=test", "left out" },
        { "helm.sh/hook=test-success,pre-rollback", "left out" },
        { "helm.sh/hook=test,post-install", "0 PostSync BeforeHookCreation" },
        { "helm.sh/hook=preinstall", "helm.sh/hook: 'preinstall' is no hook of Helm" },
        { "helm.sh/hook=pre-install\nhelm.sh/hook-weight=heavy", "helm.sh/hook-weight: 'heavy' is no whole number" },
        { "helm.sh/hook=nonsense\nargocd.argoproj.io/hook=PostSync", "0 PostSync BeforeHookCreation" },
        { "helm.sh/hook-weight=5", "0" },
    };

    [Theory]
    [MemberData(nameof(Marks))]
    public void Annotations_say_when_an_object_is_written(string annotations, string expected)
    {
        var metadata = new JsonObject();
        foreach (var line in annotations.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = (line[..line.IndexOf('=', StringComparison.Ordinal)], line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..]);
            metadata[name] = value;
        }

        var found = new KubernetesObject(new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ConfigMap",
            ["metadata"] = new JsonObject { ["name"] = "a", ["annotations"] = metadata },
        });
        var errors = new List<string>();
        var marks = MarkReader.Read(found, errors);

        var actual = errors.Count > 0 ? string.Join('\n', errors)
            : marks.IsLeftOut ? "left out"
            : marks.IsHook ? $"{marks.Wave} {string.Join(',', marks.Phases)} {marks.Deletion}"
            : $"{marks.Wave}";
        if (errors.Count > 0)
        {
            actual.ShouldContain(expected);
        }
        else
        {
            actual.ShouldBe(expected);
        }
    }
}
