using GitOps.Kubernetes.Objects;
using GitOps.Operator.Options;

namespace GitOps.Operator.Tests.Ignoring;

public sealed class IgnoreDifferencesFileTests
{
    private static readonly ObjectKey Deployment = new("apps", "Deployment", "shop", "web");
    private static readonly ObjectKey Secret = new(string.Empty, "Secret", "shop", "web");
    private static readonly ObjectKey Hook = new("admissionregistration.k8s.io", "MutatingWebhookConfiguration", string.Empty, "x");

    [Theory]
    [InlineData("- {group: apps, kind: Deployment, jsonPointers: [/spec/replicas]}", true, false, false)]
    [InlineData("resource.customizations.ignoreDifferences.all: |\n  managedFieldsManagers: [x]", true, true, true)]
    [InlineData("resource.customizations.ignoreDifferences.Secret: {jsonPointers: [/data]}", false, true, false)]
    [InlineData("resource.customizations.ignoreDifferences.admissionregistration.k8s.io_MutatingWebhookConfiguration: |\n  jqPathExpressions:\n  - .webhooks[]?.clientConfig.caBundle\n", false, false, true)]
    [InlineData("", false, false, false)]
    [InlineData("[]", false, false, false)]
    public void Both_forms_are_read(string text, bool deployment, bool secret, bool hook)
    {
        var errors = new List<string>();
        var rules = IgnoreDifferencesFile.Parse("--ignore-differences: 'f'", text, errors);
        errors.ShouldBeEmpty();
        (rules.AreAbout(Deployment), rules.AreAbout(Secret), rules.AreAbout(Hook)).ShouldBe((deployment, secret, hook));
    }

    [Theory]
    [InlineData("- {group: apps, kind: Deployment, jsonPointer: [/spec/replicas]}", "line 1: there is no field 'jsonPointer'")]
    [InlineData("- {group: apps, kind: Deployment, jsonPointers: /spec}", "jsonPointers is not a list of strings")]
    [InlineData("- {group: apps, kind: Deployment, jqPathExpressions: [\".spec | keys\"]}", "rules[0].jqPathExpressions[0]: column 1: keys names no field")]
    [InlineData("- apps", "line 1: this is not of the form")]
    [InlineData("- {group: apps, kind: Deployment}", "rules[0]: ignores nothing")]
    [InlineData("- {group: apps, jsonPointers: [/a]}", "rules[0].kind: names no kind")]
    [InlineData("text", "is neither a list of rules nor a map")]
    [InlineData("application.instanceLabelKey: x", "line 1: 'application.instanceLabelKey' is none of")]
    [InlineData("resource.customizations.ignoreDifferences.all: |\n  kind: Secret\n", "there is no field 'kind'")]
    [InlineData("a: [", "is no YAML")]
    public void What_is_wrong_is_told_with_its_place(string text, string problem)
    {
        var errors = new List<string>();
        IgnoreDifferencesFile.Parse("--ignore-differences: 'f'", text, errors).IsEmpty.ShouldBeTrue();
        errors.ShouldHaveSingleItem().ShouldStartWith("--ignore-differences: 'f'");
        errors[0].ShouldContain(problem);
    }

    [Fact]
    public void A_file_that_is_not_there_is_told()
    {
        var errors = new List<string>();
        IgnoreDifferencesFile.Read("--ignore-differences", "/nowhere/at/all", errors).IsEmpty.ShouldBeTrue();
        errors.ShouldHaveSingleItem().ShouldContain("cannot be read");
    }
}
