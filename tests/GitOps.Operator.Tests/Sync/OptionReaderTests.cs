using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;
using GitOps.Operator.Sync;

namespace GitOps.Operator.Tests.Sync;

public sealed class OptionReaderTests
{
    private const string Argo = "argocd.argoproj.io/";
    private const string Ours = "gitops-operator.dev/";

    public static TheoryData<string, string> Read => new()
    {
        { "", "" },
        { Argo + "sync-options=Prune=false, Delete=confirm", "Prune=No Delete=Confirm Remembered=ConfirmDeletion" },
        { Argo + "sync-options=Prune=confirm", "Prune=Confirm Remembered=ConfirmDeletion" },
        { Argo + "sync-options=Prune=true,Delete=false", "Prune=Yes Delete=No" },
        { Argo + "sync-options=Replace=true,Force=true", "Replace=True Force=True" },
        { Argo + "sync-options=Replace=false", "Replace=False" },
        { Argo + "sync-options=PruneLast=true", "PruneLast=True Remembered=PruneLast" },
        { Argo + "sync-options=PruneLast=false", "PruneLast=False" },
        { Argo + "sync-options=Validate=false,SkipDryRunOnMissingResource=true", "Validate=False SkipDryRunOnMissingResource=True" },
        { Argo + "sync-options=ServerSideApply=true", "" },
        { Argo + "compare-options=IgnoreExtraneous", "Remembered=IgnoreExtraneous" },
        { Argo + "compare-options=ServerSideDiff=true,IncludeMutationWebhook=true", "" },
        { Argo + "ignore-healthcheck=true", "Remembered=IgnoreHealthCheck" },
        { Argo + "ignore-healthcheck=false", "" },
        { Argo + "sync-options=Prune=false;" + Ours + "sync-options=Replace=true", "Replace=True" },
    };

    [Theory]
    [MemberData(nameof(Read))]
    public void Annotations_say_how_an_object_is_written_and_deleted(string annotations, string expected)
    {
        var (options, errors, warnings) = ReadAll(annotations);

        errors.ShouldBeEmpty();
        warnings.ShouldBeEmpty();
        Describe(options).ShouldBe(expected);
    }

    [Theory]
    [InlineData(Argo + "sync-options=Prun=false", "'Prun' is no option of an object")]
    [InlineData(Argo + "sync-options=Prune=no", "'Prune=no' is not one of Prune=true, Prune=false, Prune=confirm")]
    [InlineData(Argo + "sync-options=Prune", "'Prune' is not one of")]
    [InlineData(Ours + "sync-options=Replace=yes", "annotation gitops-operator.dev/sync-options: 'Replace=yes'")]
    [InlineData(Argo + "sync-options=CreateNamespace=true", "'CreateNamespace' is an option of an Application; set it in spec.syncPolicy.syncOptions")]
    [InlineData(Argo + "sync-options=Prune=true,Prune=false", "'Prune' is true and false")]
    [InlineData(Argo + "compare-options=IgnoreExtra", "'IgnoreExtra' is not one of")]
    [InlineData(Argo + "compare-options=ServerSideDiff=false", "'ServerSideDiff=false' is not one of")]
    [InlineData(Argo + "ignore-healthcheck=yes", "'yes' is neither true nor false")]
    [InlineData(Argo + "ignore-restart-policy=1", "'1' is neither true nor false")]
    public void What_makes_no_sense_is_an_error_with_its_place(string annotations, string expected)
    {
        var (_, errors, _) = ReadAll(annotations);

        errors.ShouldHaveSingleItem().ShouldContain(expected);
        errors[0].ShouldStartWith("ConfigMap x: annotation ");
    }

    [Theory]
    [InlineData(Argo + "sync-options=ServerSideApply=false", "ServerSideApply=false has no effect")]
    [InlineData(Argo + "sync-wav=1", "there is no annotation argocd.argoproj.io/sync-wav; it has no effect (did you mean argocd.argoproj.io/sync-wave?)")]
    [InlineData("gitops-operator.dev/Sync-Option=Prune=false", "there is no annotation gitops-operator.dev/Sync-Option; it has no effect (did you mean gitops-operator.dev/sync-options?)")]
    [InlineData("gitops-operator.dev/xyzzy=1", "there is no annotation gitops-operator.dev/xyzzy; it has no effect")]
    public void What_has_no_effect_is_a_warning(string annotations, string expected)
    {
        var (_, errors, warnings) = ReadAll(annotations);

        errors.ShouldBeEmpty();
        warnings.ShouldHaveSingleItem().ShouldContain(expected);
    }

    private static (ObjectOptions Options, List<string> Errors, List<string> Warnings) ReadAll(string annotations)
    {
        var found = KubernetesObject.Parse("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x","annotations":{} } }""");
        foreach (var item in annotations.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = item.IndexOf('=', StringComparison.Ordinal);
            found.Metadata!["annotations"]![item[..equals]] = item[(equals + 1)..];
        }

        var (errors, warnings) = (new List<string>(), new List<string>());
        return (OptionReader.Read(found, errors, warnings), errors, warnings);
    }

    private static string Describe(ObjectOptions options) => string.Join(' ', typeof(ObjectOptions).GetProperties()
        .Where(static property => property.PropertyType != typeof(Type) && property.CanRead && property.GetIndexParameters().Length == 0 && !property.GetMethod!.IsStatic)
        .Select(property => (property.Name, Value: property.GetValue(options)))
        .Where(static item => item.Value is not (null or DeletionConsent.Unsaid or EntryOptions.None or Type))
        .Select(static item => $"{item.Name}={item.Value}"));
}
