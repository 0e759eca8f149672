using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.Operator.Tests.Api;

public sealed class SpecValidatorTests
{
    private const string S = Applications.Source;

    [Fact]
    public void A_full_spec_is_read_whole()
    {
        var validation = Applications.Validate("""
            {"project":"default",
             "source":{"repoURL":"https://example.org/a.git","targetRevision":"main","path":"./apps//web/","name":"web",
                       "directory":{"recurse":true,"include":"*.yaml","exclude":"{a,b}.yaml"}},
             "destination":{"server":"https://kubernetes.default.svc","namespace":"web"},
             "syncPolicy":{"automated":{"enabled":true,"prune":true,"selfHeal":true,"allowEmpty":true},
                           "syncOptions":["CreateNamespace=true","Prune=false","ServerSideApply=true","Validate=true"],
                           "retry":{"limit":-1,"refresh":true,"backoff":{"duration":"10","factor":3,"maxDuration":"1m30s"}}},
             "info":[{"name":"owner","value":"web team"}],"revisionHistoryLimit":3,"suspend":true,"interval":"1m",
             "deletionBudget":{"maxObjects":10,"maxPercent":30},"deadlines":{"wave":"90s","hook":"1h"},"drift":{"mode":"Heal","foreignFields":"Allow"},
             "serviceAccountName":"deployer"}
            """);

        validation.Errors.ShouldBeEmpty();
        validation.Reason.ShouldBe("Valid");
        validation.Spec.ShouldBe(new ValidatedSpec
        {
            Sources = validation.Spec!.Sources,
            DestinationNamespace = "web",
            Automated = true,
            Prune = true,
            AllowEmpty = true,
            Heal = true,
            Options = new() { CreateNamespace = true, Prune = DeletionConsent.No },
            Suspended = true,
            Interval = TimeSpan.FromMinutes(1),
            Retry = new(null, TimeSpan.FromSeconds(10), 3, TimeSpan.FromSeconds(90)),
            DeletionBudget = new(10, 30),
            Deadlines = new(TimeSpan.FromSeconds(90), TimeSpan.FromHours(1), TimeSpan.FromHours(2)),
            Impersonation = validation.Spec.Impersonation,
            RevisionHistoryLimit = 3,
        });
        validation.Spec.Sources.ShouldBe([new()
        {
            Field = "spec.source",
            RepoUrl = "https://example.org/a.git",
            Tenant = "team-a",
            Revision = "main",
            Path = "apps/web",
            Name = "web",
            Kind = GitOps.Manifests.SourceKind.Directory,
            Directory = new(Recurse: true, "*.yaml", "{a,b}.yaml"),
            Build = validation.Spec.Build,
        }]);
        validation.Spec.Impersonation!.User.ShouldBe("system:serviceaccount:team-a:deployer");
    }

    [Theory]
    [InlineData("Warn", null, "Warn")]
    [InlineData("Warn", "Allow", "Allow")]
    [InlineData("Warn", "Deny", "Deny")]
    [InlineData("Allow", null, "Allow")]
    [InlineData("Allow", "Deny", "Deny")]
    [InlineData("Deny", null, "Deny")]
    [InlineData("Deny", "Deny", "Deny")]
    [InlineData("Deny", "Warn", null)]
    [InlineData("Deny", "Allow", null)]
    public void An_application_may_be_stricter_about_secrets_and_weaker_only_where_nothing_is_denied(string ofOperator, string? written, string? counts)
    {
        var application = Applications.Of(written is null ? $"{{{Applications.Source}}}" : $$"""{ {{Applications.Source}}, "secretPolicy":"{{written}}" }""");
        var validation = SpecValidator.Validate(application, Applications.Trusting with { Secrets = Enum.Parse<SecretPolicy>(ofOperator) });
        validation.Spec?.SecretPolicy.ToString().ShouldBe(counts);
        (validation.Spec is null).ShouldBe(counts is null);
        validation.Errors.ShouldAllBe(static error => error.Field == "spec.secretPolicy" && error.Reason == SpecErrorReason.Contradiction);
    }

    [Fact]
    public void The_least_spec_has_the_defaults()
    {
        var spec = Applications.Validate($$"""{ {{S}} }""").Spec!;

        spec.ShouldBe(new ValidatedSpec
        {
            Sources = spec.Sources,
            Interval = TimeSpan.FromSeconds(30),
            Retry = RetryPolicy.Default,
            RevisionHistoryLimit = 10,
        });
        spec.Sources.ShouldBe([new()
        {
            Field = "spec.source",
            RepoUrl = "https://example.org/a.git",
            Tenant = "team-a",
            Revision = "HEAD",
            Path = "apps/web",
            Directory = new(Recurse: false, null, null),
            Build = spec.Build,
        }]);
    }

    [Theory]
    [InlineData("""{ "sources":[{"repoURL":"https://e.org/a","path":"x"}] }""")]
    [InlineData("""{ "sources":[{"repoURL":"https://e.org/a","path":"x"},{"repoURL":"https://e.org/b","path":"y","ref":"b"},{"repoURL":"https://e.org/c","ref":"c"}] }""")]
    [InlineData("""{ "sources":[{"repoURL":"https://e.org/a","path":"x","helm":{"valueFiles":["$v/$ARGOCD_APP_NAME.yaml","$ARGOCD_APP_NAME/x.yaml"]}},{"repoURL":"https://e.org/b","ref":"v"}] }""")]
    [InlineData("""{ "source":{"repoURL":"https://e.org/charts","chart":"web","targetRevision":"1.x"} }""")]
    [InlineData("""{ "source":{"repoURL":"e.org/charts","chart":"web","targetRevision":"1.2.3"} }""")]
    [InlineData("""{ "source":{"repoURL":"https://e.org/charts","chart":"web","targetRevision":"1.x","verify":{"keys":[{"secretRef":{"name":"k"}}]},"allowedRevisions":["1.2.*"]} }""")]
    [InlineData("""{ "source":{"repoURL":"oci://e.org/manifests","path":"web","targetRevision":"1.2.3"} }""")]
    [InlineData("""{ "source":{"repoURL":"git@e.org:a/b.git","path":"."} }""")]
    [InlineData("""{ "source":{"repoURL":"ssh://git@e.org:22/a","path":"x"} }""")]
    [InlineData("""{ "source":{"repoURL":"file:///srv/a","path":"x"} }""")]
    [InlineData("""{ "source":{"repoURL":"https://e.org/a","path":"x","targetRevision":"refs/heads/1.x"} }""")]
    [InlineData("""{ "source":{"repoURL":"https://e.org/a","path":"x","verify":{"requireReview":["MergeCommit","SignedOffBy"]},"allowedRevisions":["main","release/*"]} }""")]
    [InlineData("""{ "source":{"repoURL":"https://e.org/a","path":"x","verify":{"mode":"TagAndHEAD","keys":[{"secretRef":{"name":"a","key":"b"}},{"configMapRef":{"name":"c"}}]} } }""")]
    [InlineData("""{ "source":{"repoURL":"https://e.org/a","path":"x","targetRevision":"v1.2.3-rc.1"} }""")]
    [InlineData("""{ "source":{"repoURL":"https://e.org/a","path":"x","targetRevision":"1.x"} }""")]
    [InlineData("""{ "source":{"repoURL":"https://e.org/a","path":"x","targetRevision":">=1.0 <2"} }""")]
    [InlineData("""{ "source":{"repoURL":"https://e.org/a","path":"x","targetRevision":"refs/heads/a=b"} }""")]
    [InlineData("""{ "source":{"repoURL":"https://e.org/a","path":"x","targetRevision":"^1 || ^2","tagPrefix":"apps/web-"} }""")]
    [InlineData("""{ "source":{"repoURL":"https://e.org/a","path":"x","targetRevision":"1.2","tagPrefix":"web-"} }""")]
    [InlineData("""{ "source":{"repoURL":"https://e.org/a","path":"x"}, "destination":{"name":"in-cluster"} }""")]
    [InlineData("""{ "source":{"repoURL":"https://e.org/a","path":"x"}, "destination":{"server":"","name":""}, "project":"" }""")]
    [InlineData("""{ "source":{"repoURL":"https://e.org/a","path":"x"}, "syncPolicy":{"automated":{"enabled":false,"selfHeal":true}} }""")]
    [InlineData("""{ "source":{"repoURL":"https://e.org/a","path":"x"}, "drift":{"mode":"Report"} }""")]
    public void A_good_spec_is_valid(string spec) => Applications.Validate(spec).Errors.ShouldBeEmpty();

    [Theory]
    // Sources.
    [InlineData("{}", "spec.source", "InvalidField")]
    [InlineData("""{"sources":[]}""", "spec.sources", "InvalidField")]
    [InlineData("""{"sources":[{"repoURL":"https://e.org/a","path":"x"},{"repoURL":"https://e.org/b"}]}""", "spec.sources[1].path", "InvalidField")]
    [InlineData("""{"sources":[{"repoURL":"https://e.org/a","path":"x"},{"repoURL":"b","path":"x"}]}""", "spec.sources[1].repoURL", "InvalidField")]
    [InlineData("""{"sources":[{"repoURL":"https://e.org/a","ref":"v"}]}""", "spec.sources", "InvalidField")]
    [InlineData("""{"sources":[{"repoURL":"https://e.org/a","path":"x","ref":"v"},{"repoURL":"https://e.org/b","ref":"v"}]}""", "spec.sources[1].ref", "InvalidField")]
    [InlineData("""{"sources":[{"repoURL":"https://e.org/a","path":"x"},{"repoURL":"https://e.org/b","ref":"a/b"}]}""", "spec.sources[1].ref", "InvalidField")]
    [InlineData("""{"sources":[{"repoURL":"https://e.org/a","path":"x"},{"repoURL":"https://e.org/b","chart":"c","targetRevision":"1.x","ref":"v"}]}""", "spec.sources[1].ref", "Contradiction")]
    [InlineData("""{"sources":[{"repoURL":"https://e.org/a","path":"x"},{"repoURL":"https://e.org/b","ref":"v","directory":{"recurse":true}}]}""", "spec.sources[1].path", "Contradiction")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","path":"x","ref":"v"}}""", "spec.source.ref", "UnsupportedField")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","chart":"c"}}""", "spec.source.targetRevision", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","chart":"c","targetRevision":"1.0.0","path":"x"}}""", "spec.source.path", "Contradiction")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","chart":"c","targetRevision":"1.0.0","directory":{"recurse":true}}}""", "spec.source.directory", "Contradiction")]
    [InlineData("""{"source":{"repoURL":"http://e.org/a","chart":"c","targetRevision":"1.0.0"}}""", "spec.source.repoURL", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"https://u:p@e.org/a","chart":"c","targetRevision":"1.0.0"}}""", "spec.source.repoURL", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"git@e.org:a","chart":"c","targetRevision":"1.0.0"}}""", "spec.source.repoURL", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"oci://e.org/a","path":".","targetRevision":"1.0.0","allowedRevisions":["1.*"]}}""", "spec.source.allowedRevisions", "UnsupportedField")]
    [InlineData("""{"source":{"repoURL":"oci://e.org/a","path":".","targetRevision":"1.0.0","verify":{"keys":[{"secretRef":{"name":"k"}}]}}}""", "spec.source.verify", "UnsupportedField")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","chart":"c","targetRevision":"1.0.0","verify":{"mode":"HEAD","keys":[{"secretRef":{"name":"k"}}]}}}""", "spec.source.verify.mode", "Contradiction")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","chart":"c","targetRevision":"1.0.0","verify":{"requireReview":["MergeCommit"],"keys":[{"secretRef":{"name":"k"}}]}}}""", "spec.source.verify.requireReview", "Contradiction")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","chart":"c","targetRevision":"1.0.0","verify":{}}}""", "spec.source.verify.keys", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","chart":"c","targetRevision":"1.0.0","allowedRevisions":["[a"]}}""", "spec.source.allowedRevisions[0]", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","path":"x","plugin":{"name":"p"}}}""", "spec.source.plugin", "UnsupportedField")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","path":"x","helm":{"valueFiles":["$values/x.yaml"]}}}""", "spec.source.helm.valueFiles[0]", "InvalidField")]
    [InlineData("""{"sources":[{"repoURL":"https://e.org/a","path":"x","helm":{"fileParameters":[{"name":"a","path":"$other/x"}]}},{"repoURL":"https://e.org/b","ref":"values"}]}""", "spec.sources[0].helm.fileParameters[0].path", "InvalidField")]
    [InlineData("""{"source":{"path":"x"}}""", "spec.source.repoURL", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a"}}""", "spec.source.path", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","path":"/x"}}""", "spec.source.path", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","path":"a/../../x"}}""", "spec.source.path", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"oci://e.org/a","path":"x"}}""", "spec.source.targetRevision", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"http://e.org/a","path":"x"}}""", "spec.source.repoURL", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"https://u:p@e.org/a","path":"x"}}""", "spec.source.repoURL", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"https://token@e.org/a","path":"x"}}""", "spec.source.repoURL", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"ext::sh -c x","path":"x"}}""", "spec.source.repoURL", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"a@ext::b","path":"x"}}""", "spec.source.repoURL", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"--upload-pack=x@e:a","path":"x"}}""", "spec.source.repoURL", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"git@-oProxyCommand=x:a","path":"x"}}""", "spec.source.repoURL", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"ssh://-oProxyCommand=x/a","path":"x"}}""", "spec.source.repoURL", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"relative/dir","path":"x"}}""", "spec.source.repoURL", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","path":"x","targetRevision":"a=b"}}""", "spec.source.targetRevision", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","path":"x","targetRevision":">=1.0 <"}}""", "spec.source.targetRevision", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","path":"x","targetRevision":"refs/heads/a*"}}""", "spec.source.targetRevision", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","path":"x","targetRevision":"main","tagPrefix":"web-"}}""", "spec.source.tagPrefix", "Contradiction")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","path":"x","tagPrefix":"web-"}}""", "spec.source.tagPrefix", "Contradiction")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","path":"x","targetRevision":"^1","tagPrefix":"refs/tags/web-"}}""", "spec.source.tagPrefix", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","path":"x","targetRevision":"^1","tagPrefix":"-x"}}""", "spec.source.tagPrefix", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","path":"x","verify":{}}}""", "spec.source.verify", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","path":"x","verify":{"mode":"head","keys":[{"secretRef":{"name":"k"}}]}}}""", "spec.source.verify.mode", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","path":"x","verify":{"keys":[{"secretRef":{"name":"k"}}]}}}""", "spec.source.verify.mode", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","path":"x","verify":{"mode":"HEAD"}}}""", "spec.source.verify.keys", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","path":"x","verify":{"mode":"HEAD","keys":[{}]}}}""", "spec.source.verify.keys[0]", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","path":"x","verify":{"mode":"HEAD","keys":[{"secretRef":{"name":"a"},"configMapRef":{"name":"b"}}]}}}""", "spec.source.verify.keys[0]", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","path":"x","verify":{"mode":"HEAD","keys":[{"configMapRef":{"name":"no/name"}}]}}}""", "spec.source.verify.keys[0].configMapRef.name", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","path":"x","verify":{"mode":"HEAD","keys":[{"secretRef":{"name":"a"},"vault":"a"}]}}}""", "spec.source.verify.keys[0].vault", "UnsupportedField")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","path":"x","verify":{"requireReview":["FourEyes"]}}}""", "spec.source.verify.requireReview[0]", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","path":"x","verify":{"mode":"Strict","since":"main","keys":[{"secretRef":{"name":"k"}}]}}}""", "spec.source.verify.since", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","path":"x","verify":{"mode":"HEAD","since":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","keys":[{"secretRef":{"name":"k"}}]}}}""", "spec.source.verify.since", "Contradiction")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","path":"x","allowedRevisions":[""]}}""", "spec.source.allowedRevisions[0]", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","path":"x","allowedRevisions":["release/[a"]}}""", "spec.source.allowedRevisions[0]", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","path":"x","targetRevision":"--all"}}""", "spec.source.targetRevision", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","path":"x","targetRevision":"a..b"}}""", "spec.source.targetRevision", "InvalidField")]
    [InlineData("""{"source":{"repoURL":"https://e.org/a","path":"x","targetRevision":"main:x"}}""", "spec.source.targetRevision", "InvalidField")]
    // Destination and project.
    [InlineData("""{ SOURCE, "destination":{"server":"https://kubernetes.default.svc","name":"in-cluster"}}""", "spec.destination", "InvalidField")]
    [InlineData("""{ SOURCE, "destination":{"server":"https://other"}}""", "spec.destination.server", "UnsupportedField")]
    [InlineData("""{ SOURCE, "destination":{"name":"other"}}""", "spec.destination.name", "UnsupportedField")]
    [InlineData("""{ SOURCE, "destination":{"namespace":"Not.A.Name"}}""", "spec.destination.namespace", "InvalidField")]
    [InlineData("""{ SOURCE, "project":"payments"}""", "spec.project", "UnsupportedField")]
    // Sync options.
    [InlineData("""{ SOURCE, "syncPolicy":{"syncOptions":["RespectIgnoreDifferences=maybe"]}}""", "spec.syncPolicy.syncOptions[0]", "UnsupportedField")]
    [InlineData("""{ SOURCE, "ignoreDifferences":[{"group":"apps","jsonPointers":["/spec"]}]}""", "spec.ignoreDifferences[0].kind", "InvalidField")]
    [InlineData("""{ SOURCE, "ignoreDifferences":[{"kind":"Service"}]}""", "spec.ignoreDifferences[0]", "InvalidField")]
    [InlineData("""{ SOURCE, "ignoreDifferences":[{"kind":"Service","jsonPointers":["spec/replicas"]}]}""", "spec.ignoreDifferences[0].jsonPointers[0]", "InvalidField")]
    [InlineData("""{ SOURCE, "ignoreDifferences":[{"kind":"Service","jsonPointers":["/a","/a~2b"]}]}""", "spec.ignoreDifferences[0].jsonPointers[1]", "InvalidField")]
    [InlineData("""{ SOURCE, "ignoreDifferences":[{"kind":"Service","jsonPointers":[""]}]}""", "spec.ignoreDifferences[0].jsonPointers[0]", "InvalidField")]
    [InlineData("""{ SOURCE, "ignoreDifferences":[{"kind":"Service","jqPathExpressions":[".spec | to_entries"]}]}""", "spec.ignoreDifferences[0].jqPathExpressions[0]", "InvalidField")]
    [InlineData("""{ SOURCE, "ignoreDifferences":[{"kind":"Service","managedFieldsManagers":[" "]}]}""", "spec.ignoreDifferences[0].managedFieldsManagers[0]", "InvalidField")]
    [InlineData("""{ SOURCE, "ignoreDifferences":[{"kind":"{a","jsonPointers":["/spec"]}]}""", "spec.ignoreDifferences[0].kind", "InvalidField")]
    [InlineData("""{ SOURCE, "syncPolicy":{"syncOptions":["FailOnSharedResource=false"]}}""", "spec.syncPolicy.syncOptions[0]", "UnsupportedField")]
    [InlineData("""{ SOURCE, "syncPolicy":{"syncOptions":["ServerSideApply=false"]}}""", "spec.syncPolicy.syncOptions[0]", "UnsupportedField")]
    [InlineData("""{ SOURCE, "syncPolicy":{"syncOptions":["Prune=ask"]}}""", "spec.syncPolicy.syncOptions[0]", "UnsupportedField")]
    [InlineData("""{ SOURCE, "syncPolicy":{"syncOptions":["PrunePropagationPolicy=foregroud"]}}""", "spec.syncPolicy.syncOptions[0]", "UnsupportedField")]
    [InlineData("""{ SOURCE, "syncPolicy":{"syncOptions":["Sparkle=true"]}}""", "spec.syncPolicy.syncOptions[0]", "UnsupportedField")]
    [InlineData("""{ SOURCE, "syncPolicy":{"syncOptions":["CreateNamespace"]}}""", "spec.syncPolicy.syncOptions[0]", "InvalidField")]
    [InlineData("""{ SOURCE, "syncPolicy":{"syncOptions":["Prune=true","Prune=false"]}}""", "spec.syncPolicy.syncOptions[1]", "Contradiction")]
    [InlineData("""{ SOURCE, "syncPolicy":{"syncOptions":["CreateNamespace=true"]}}""", "spec.syncPolicy.syncOptions", "InvalidField")]
    // Retry and interval.
    [InlineData("""{ SOURCE, "syncPolicy":{"retry":{"refresh":false}}}""", "spec.syncPolicy.retry.refresh", "UnsupportedField")]
    [InlineData("""{ SOURCE, "syncPolicy":{"retry":{"backoff":{"duration":"soon"}}}}""", "spec.syncPolicy.retry.backoff.duration", "InvalidField")]
    [InlineData("""{ SOURCE, "syncPolicy":{"retry":{"backoff":{"maxDuration":"1x"}}}}""", "spec.syncPolicy.retry.backoff.maxDuration", "InvalidField")]
    [InlineData("""{ SOURCE, "syncPolicy":{"retry":{"backoff":{"factor":0}}}}""", "spec.syncPolicy.retry.backoff.factor", "InvalidField")]
    [InlineData("""{ SOURCE, "interval":"30"}""", "spec.interval", "InvalidField")]
    [InlineData("""{ SOURCE, "interval":"10ms"}""", "spec.interval", "InvalidField")]
    [InlineData("""{ SOURCE, "interval":"25h"}""", "spec.interval", "InvalidField")]
    // Drift.
    [InlineData("""{ SOURCE, "drift":{"mode":"Heal"}}""", "spec.drift.mode", "Contradiction")]
    [InlineData("""{ SOURCE, "drift":{"mode":"Heal"},"syncPolicy":{"automated":{"selfHeal":false}}}""", "spec.drift.mode", "Contradiction")]
    [InlineData("""{ SOURCE, "drift":{"mode":"Report"},"syncPolicy":{"automated":{"selfHeal":true}}}""", "spec.drift.mode", "Contradiction")]
    [InlineData("""{ SOURCE, "drift":{"mode":"heal"}}""", "spec.drift.mode", "InvalidField")]
    [InlineData("""{ SOURCE, "drift":{"foreignFields":"Remove"}}""", "spec.drift.foreignFields", "Contradiction")]
    [InlineData("""{ SOURCE, "syncPolicy":{"automated":{}},"drift":{"foreignFields":"Remove"}}""", "spec.drift.foreignFields", "Contradiction")]
    [InlineData("""{ SOURCE, "syncPolicy":{"automated":{}},"drift":{"mode":"Report","foreignFields":"Remove"}}""", "spec.drift.foreignFields", "Contradiction")]
    [InlineData("""{ SOURCE, "drift":{"foreignFields":"Keep"}}""", "spec.drift.foreignFields", "InvalidField")]
    [InlineData("""{ SOURCE, "secretPolicy":"deny"}""", "spec.secretPolicy", "InvalidField")]
    [InlineData("""{ SOURCE, "secretPolicy":""}""", "spec.secretPolicy", "InvalidField")]
    // The rest.
    [InlineData("""{ SOURCE, "deadlines":{"wave":"long"} }""", "spec.deadlines.wave", "InvalidField")]
    [InlineData("""{ SOURCE, "deadlines":{"hook":"0s"} }""", "spec.deadlines.hook", "InvalidField")]
    [InlineData("""{ SOURCE, "deletionBudget":{}}""", "spec.deletionBudget", "InvalidField")]
    [InlineData("""{ SOURCE, "deletionBudget":{"maxObjects":-1}}""", "spec.deletionBudget.maxObjects", "InvalidField")]
    [InlineData("""{ SOURCE, "deletionBudget":{"maxPercent":101}}""", "spec.deletionBudget.maxPercent", "InvalidField")]
    [InlineData("""{ SOURCE, "revisionHistoryLimit":-1}""", "spec.revisionHistoryLimit", "InvalidField")]
    [InlineData("""{ SOURCE, "serviceAccountName":"system:admin"}""", "spec.serviceAccountName", "InvalidField")]
    [InlineData("""{ SOURCE, "serviceAccountName":"Deployer"}""", "spec.serviceAccountName", "InvalidField")]
    [InlineData("""{ SOURCE, "syncWindows":[{"kind":"never","schedule":"* * * * *","duration":"1h"}]}""", "spec.syncWindows[0].kind", "InvalidField")]
    [InlineData("""{ SOURCE, "syncWindows":[{"schedule":"* * * * *","duration":"1h"}]}""", "spec.syncWindows[0].kind", "InvalidField")]
    [InlineData("""{ SOURCE, "syncWindows":[{"kind":"deny","schedule":"61 * * * *","duration":"1h"}]}""", "spec.syncWindows[0].schedule", "InvalidField")]
    [InlineData("""{ SOURCE, "syncWindows":[WINDOW,{"kind":"deny","schedule":"0 0 30 2 *","duration":"1h"}]}""", "spec.syncWindows[1].schedule", "InvalidField")]
    [InlineData("""{ SOURCE, "syncWindows":[{"kind":"deny","duration":"1h"}]}""", "spec.syncWindows[0].schedule", "InvalidField")]
    [InlineData("""{ SOURCE, "syncWindows":[{"kind":"deny","schedule":"* * * * *"}]}""", "spec.syncWindows[0].duration", "InvalidField")]
    [InlineData("""{ SOURCE, "syncWindows":[{"kind":"deny","schedule":"* * * * *","duration":"1 hour"}]}""", "spec.syncWindows[0].duration", "InvalidField")]
    [InlineData("""{ SOURCE, "syncWindows":[{"kind":"deny","schedule":"* * * * *","duration":"0s"}]}""", "spec.syncWindows[0].duration", "InvalidField")]
    [InlineData("""{ SOURCE, "syncWindows":[{"kind":"deny","schedule":"* * * * *","duration":"99999h"}]}""", "spec.syncWindows[0].duration", "InvalidField")]
    [InlineData("""{ SOURCE, "syncWindows":[{"kind":"deny","schedule":"* * * * *","duration":"1h","timeZone":"Berlin"}]}""", "spec.syncWindows[0].timeZone", "InvalidField")]
    [InlineData("""{ SOURCE, "syncWindows":[{"kind":"deny","schedule":"* * * * *","duration":"1h","timeZone":"Local"}]}""", "spec.syncWindows[0].timeZone", "InvalidField")]
    [InlineData("""{ SOURCE, "syncWindows":[{"kind":"deny","schedule":"* * * * *","duration":"1h","timeZone":"../../etc/passwd"}]}""", "spec.syncWindows[0].timeZone", "InvalidField")]
    [InlineData("""{ SOURCE, "syncWindows":[{"kind":"deny","schedule":"* * * * *","duration":"1h","timeZone":"W. Europe Standard Time"}]}""", "spec.syncWindows[0].timeZone", "InvalidField")]
    [InlineData("""{ SOURCE, "syncWindows":[{"kind":"deny","schedule":"* * * * *","duration":"1h","applications":["*"]}]}""", "spec.syncWindows[0].applications", "UnsupportedField")]
    [InlineData("""{ SOURCE, "dependsOn":[{"name":"web"}]}""", "spec.dependsOn[0]", "InvalidField")]
    [InlineData("""{ SOURCE, "dependsOn":[{"name":"db"},{"name":"web","namespace":"team-a"}]}""", "spec.dependsOn[1]", "InvalidField")]
    [InlineData("""{ SOURCE, "dependsOn":[{"name":"db"},{"name":"db","namespace":"team-a"}]}""", "spec.dependsOn[1]", "InvalidField")]
    [InlineData("""{ SOURCE, "dependsOn":[{}]}""", "spec.dependsOn[0].name", "InvalidField")]
    [InlineData("""{ SOURCE, "dependsOn":[{"name":"Not A Name"}]}""", "spec.dependsOn[0].name", "InvalidField")]
    [InlineData("""{ SOURCE, "dependsOn":[{"name":"db","namespace":"a/b"}]}""", "spec.dependsOn[0].namespace", "InvalidField")]
    [InlineData("""{ SOURCE, "approval":{"required":true},"revisionHistoryLimit":0}""", "spec.revisionHistoryLimit", "Contradiction")]
    [InlineData("""{ SOURCE, "approval":{"required":"yes"}}""", "spec.approval.required", "InvalidField")]
    // An object that was stored under another schema.
    [InlineData("""{ SOURCE, "suspend":"yes"}""", "spec.suspend", "InvalidField")]
    [InlineData("""{ SOURCE, "interval":30}""", "spec.interval", "InvalidField")]
    [InlineData("""{ SOURCE, "deletionBudget":{"maxObjects":1.5,"maxPercent":10}}""", "spec.deletionBudget.maxObjects", "InvalidField")]
    [InlineData("""{ SOURCE, "syncPolicy":"auto"}""", "spec.syncPolicy", "InvalidField")]
    [InlineData("""{ SOURCE, "syncPolicy":{"syncOptions":[1]}}""", "spec.syncPolicy.syncOptions[0]", "InvalidField")]
    [InlineData("""{ SOURCE, "syncPolicy":{"automated":[]}}""", "spec.syncPolicy.automated", "InvalidField")]
    public void A_bad_field_is_named_with_the_reason(string spec, string field, string reason)
    {
        var validation = Applications.Validate(spec.Replace("SOURCE", S, StringComparison.Ordinal)
            .Replace("WINDOW", """{"kind":"allow","schedule":"0 22 * * mon-fri","duration":"8h","timeZone":"Europe/Berlin"}""", StringComparison.Ordinal));

        validation.Spec.ShouldBeNull();
        var error = validation.Errors.ShouldHaveSingleItem();
        (error.Field, error.Reason.ToString()).ShouldBe((field, reason));
        validation.Reason.ShouldBe(reason);
        validation.Message.ShouldStartWith(field + ": ");
    }

    [Theory]
    [InlineData("team-a", "team-b", null)]
    [InlineData("gitops-system", "team-b", null)]
    [InlineData("team-b", "team-b", null)]
    [InlineData("team-b", "team-a", "spec.dependsOn[0].namespace")]
    public void Only_from_trusted_namespaces_may_Applications_of_others_be_named(string own, string other, string? field)
    {
        var application = Applications.Of($$"""{ {{S}}, "serviceAccountName":"deployer","dependsOn":[{"name":"db","namespace":"{{other}}"}] }""", own);
        var validation = SpecValidator.Validate(application, Applications.Trusting);
        validation.Errors.SingleOrDefault()?.Field.ShouldBe(field);
        (validation.Spec?.DependsOn.Single()).ShouldBe(field is null ? new NamespacedName(other, "db") : null);
    }

    [Fact]
    public void All_errors_are_told_at_once_and_the_gravest_gives_the_reason()
    {
        var application = Applications.Of(
            """{"source":{"repoURL":"https://e.org/a","path":"/x","plugin":{"name":"a"}},"interval":"x","drift":{"mode":"Heal"},"project":"p"}""",
            "nobody");

        var validation = SpecValidator.Validate(application, Applications.Trusting);

        validation.Errors.Select(static error => error.Field).ShouldBe(
            ["spec.drift.mode", "spec.interval", "spec.project", "spec.serviceAccountName", "spec.source.path", "spec.source.plugin"]);
        validation.Reason.ShouldBe("ImpersonationRequired");
    }

    [Theory]
    [InlineData("gitops-system", null, null, "")]
    [InlineData("team-a", null, null, "")]
    [InlineData("team-a", "deployer", null, "system:serviceaccount:team-a:deployer")]
    [InlineData("team-a", null, "standard", "")]
    [InlineData("team-b", "deployer", null, "system:serviceaccount:team-b:deployer")]
    [InlineData("team-b", null, "standard", "system:serviceaccount:team-b:standard")]
    [InlineData("team-b", "deployer", "standard", "system:serviceaccount:team-b:deployer")]
    [InlineData("team-b", null, null, "ImpersonationRequired")]
    [InlineData("team-b", "", null, "ImpersonationRequired")]
    [InlineData("team-a-2", null, null, "ImpersonationRequired")]
    public void Only_trusted_namespaces_deploy_with_the_rights_of_the_operator(string @namespace, string? account, string? standard, string expected)
    {
        var spec = account is null ? $$"""{ {{S}} }""" : $$"""{ {{S}}, "serviceAccountName":"{{account}}" }""";

        var validation = SpecValidator.Validate(Applications.Of(spec, @namespace), Applications.Trusting with { DefaultServiceAccount = standard });

        (validation.Spec is null ? validation.Reason : validation.Spec.Impersonation?.User ?? "").ShouldBe(expected);
    }

    [Theory]
    [InlineData("", false, false)]
    [InlineData("""  "syncPolicy":{"automated":{}} """, true, false)]
    [InlineData("""  "syncPolicy":{"automated":{"selfHeal":true}} """, true, true)]
    [InlineData("""  "syncPolicy":{"automated":{"enabled":false,"selfHeal":true}} """, false, false)]
    [InlineData("""  "syncPolicy":{"automated":{}},"drift":{"mode":"Heal"} """, true, true)]
    [InlineData("""  "syncPolicy":{"automated":{"enabled":false}},"drift":{"mode":"Heal"} """, false, false)]
    [InlineData("""  "syncPolicy":{"automated":{"selfHeal":false}},"drift":{"mode":"Report"} """, true, false)]
    [InlineData("""  "syncPolicy":{"automated":{"selfHeal":true}},"drift":{"foreignFields":"Allow"} """, true, true)]
    public void Healing_follows_the_mode_and_else_selfHeal(string rest, bool automated, bool heal)
    {
        var spec = Applications.Validate(rest.Length == 0 ? $$"""{ {{S}} }""" : $$"""{ {{S}}, {{rest}} }""").Spec!;

        (spec.Automated, spec.Heal).ShouldBe((automated, heal));
    }

    [Theory]
    [InlineData("""{}""", 0, null)]
    [InlineData("""{"limit":2}""", 0, 5.0)]
    [InlineData("""{"limit":2}""", 1, 10.0)]
    [InlineData("""{"limit":2}""", 2, null)]
    [InlineData("""{"limit":-1,"backoff":{"duration":"5s","factor":2,"maxDuration":"3m"}}""", 5, 160.0)]
    [InlineData("""{"limit":-1,"backoff":{"duration":"5s","factor":2,"maxDuration":"3m"}}""", 6, 180.0)]
    [InlineData("""{"limit":-1}""", 5000, 180.0)]
    [InlineData("""{"limit":1,"backoff":{"duration":"10m"}}""", 0, 600.0)]
    public void Waits_between_retries_grow_to_their_limit(string retry, long retries, double? seconds) =>
        (Applications.Validate("{" + S + ", \"syncPolicy\":{\"retry\":" + retry + "}}").Spec!.Retry.Next(retries)?.TotalSeconds).ShouldBe(seconds);

    [Theory]
    [InlineData(0, 5.0)]
    [InlineData(4, 80.0)]
    [InlineData(5, null)]
    public void Without_a_policy_there_are_five_retries(long retries, double? seconds) =>
        (RetryPolicy.Default.Next(retries)?.TotalSeconds).ShouldBe(seconds);

    [Theory]
    [InlineData(10L, null, 100, 10)]
    [InlineData(null, 30L, 100, 30)]
    [InlineData(null, 30L, 1, 1)]
    [InlineData(null, 30L, 11, 4)]
    [InlineData(null, 0L, 100, 0)]
    [InlineData(10L, 30L, 100, 10)]
    [InlineData(40L, 30L, 100, 30)]
    [InlineData(0L, 100L, 100, 0)]
    public void A_budget_allows_the_smaller_of_its_limits(long? objects, long? percent, long managed, long allowed) =>
        new DeletionBudget(objects, percent).Allowed(managed).ShouldBe(allowed);
}
