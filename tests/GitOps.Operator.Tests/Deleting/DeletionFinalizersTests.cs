using System.Collections.Immutable;
using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.Operator.Tests.Deleting;

public sealed class DeletionFinalizersTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("pre-delete-finalizer.argocd.argoproj.io", "PreDelete:run")]
    [InlineData("pre-delete-finalizer.argocd.argoproj.io/cleanup", "PreDelete:clean")]
    [InlineData("pre-delete-finalizer.gitops-operator.dev pre-delete-finalizer.gitops-operator.dev/cleanup", "PreDelete:run PreDelete:clean")]
    [InlineData("post-delete-finalizer.argocd.argoproj.io", "PostDelete:run")]
    [InlineData("post-delete-finalizer.gitops-operator.dev/cleanup", "PostDelete:clean")]
    [InlineData("pre-delete-finalizer.gitops-operator.dev post-delete-finalizer.argocd.argoproj.io", "PreDelete:run PostDelete:run")]
    public void They_say_which_hooks_run_and_which_go(string finalizers, string expected)
    {
        ImmutableArray<string> all = [.. finalizers.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        List<string> found = [];
        foreach (var phase in (SyncPhase[])[SyncPhase.PreDelete, SyncPhase.PostDelete])
        {
            if (DeletionFinalizers.Runs(phase, all))
            {
                found.Add($"{phase}:run");
            }

            if (DeletionFinalizers.CleansUp(phase, all))
            {
                found.Add($"{phase}:clean");
            }
        }

        string.Join(' ', found).ShouldBe(expected);
        all.ShouldAllBe(static name => DeletionFinalizers.IsOne(name));
    }

    [Theory]
    [InlineData("resources-finalizer.argocd.argoproj.io/sideways", true)]
    [InlineData("gitops-operator.dev/resources-finalizers", true)]
    [InlineData("pre-delete-finalizer.argocd.argoproj.io/clean", true)]
    [InlineData("post-delete-finalizer.gitops-operator.dev/", true)]
    [InlineData("post-delete-finalizer.gitops-operator.dev/cleanup", false)]
    [InlineData("resources-finalizer.argocd.argoproj.io", false)]
    [InlineData("gitops-operator.dev/hook-finalizer", false)]
    [InlineData("argocd.argoproj.io/hook-finalizer", false)]
    [InlineData("example.com/finalizer", false)]
    public void One_that_only_looks_like_it_is_misspelt(string finalizer, bool expected)
    {
        DeletionFinalizers.IsMisspelt(finalizer).ShouldBe(expected);
        (expected && DeletionFinalizers.IsOne(finalizer)).ShouldBeFalse();
    }

    [Theory]
    [InlineData(false, false, 0)]
    [InlineData(true, false, 2)]
    [InlineData(false, true, 2)]
    [InlineData(true, true, 4)]
    public void The_operators_own_ask_to_run_and_to_clean_up(bool preDelete, bool postDelete, int expected)
    {
        var own = DeletionFinalizers.Own(preDelete, postDelete);
        own.Length.ShouldBe(expected);
        DeletionFinalizers.Runs(SyncPhase.PreDelete, own).ShouldBe(preDelete);
        DeletionFinalizers.CleansUp(SyncPhase.PreDelete, own).ShouldBe(preDelete);
        DeletionFinalizers.Runs(SyncPhase.PostDelete, own).ShouldBe(postDelete);
        DeletionFinalizers.CleansUp(SyncPhase.PostDelete, own).ShouldBe(postDelete);
    }
}
