using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Tests.Admission;

public sealed class ValidationTests
{
    private const string Containers = """[{"name":"c","image":"x:1"}]""";

    [Theory]
    [InlineData("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"A_b"}}""", "FieldValueInvalid metadata.name")]
    [InlineData("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a.b-c"}}""", "")]
    [InlineData("""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a.b"}}""", "FieldValueInvalid metadata.name")]
    [InlineData("""{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"system:x"}}""", "")]
    [InlineData("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","labels":{"-x":"y"}}}""", "FieldValueInvalid metadata.labels")]
    [InlineData("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","labels":{"x.y/z":"a b"}}}""", "FieldValueInvalid metadata.labels")]
    [InlineData("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","annotations":{"X.y/Z":"anything at all"}}}""", "")]
    [InlineData("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","annotations":{"x/y/z":""}}}""", "FieldValueInvalid metadata.annotations")]
    [InlineData("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"a/b":"1"}}""", "FieldValueInvalid data[a/b]")]
    [InlineData("""{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"type":"kubernetes.io/tls"}""", "FieldValueRequired data[tls.crt];FieldValueRequired data[tls.key]")]
    [InlineData("""{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":{}}""", "FieldValueRequired spec.ports")]
    [InlineData("""{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":{"ports":[{"port":80},{"port":81}]}}""",
        "FieldValueRequired spec.ports[0].name;FieldValueRequired spec.ports[1].name")]
    [InlineData("""{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":{"ports":[{"port":0}]}}""", "FieldValueInvalid spec.ports[0].port;FieldValueInvalid spec.ports[0].targetPort")]
    [InlineData("""{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":{"type":"X","ports":[{"port":1}]}}""", "FieldValueNotSupported spec.type")]
    [InlineData("""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{}}""", "FieldValueRequired spec.containers")]
    [InlineData("""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[{"name":"a","image":"x"},{"name":"a"}]}}""",
        "FieldValueDuplicate spec.containers[1].name;FieldValueRequired spec.containers[1].image")]
    [InlineData("""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[{"name":"a","image":"x","volumeMounts":[{"name":"v","mountPath":"/"}]}]}}""",
        "FieldValueNotFound spec.containers[0].volumeMounts[0].name")]
    [InlineData("""{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{}}""",
        "FieldValueInvalid spec.template.metadata.labels;FieldValueRequired spec.selector;FieldValueRequired spec.template.spec.containers")]
    [InlineData("""{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"replicas":-1,"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":""" + Containers + """}}}}""",
        "FieldValueInvalid spec.replicas")]
    [InlineData("""{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"a"},"spec":{"template":{"spec":{"containers":""" + Containers + """}}}}""",
        "FieldValueInvalid spec.template.metadata.labels;FieldValueRequired spec.selector;FieldValueRequired spec.template.spec.restartPolicy")]
    [InlineData("""{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"a"},"spec":{}}""",
        "FieldValueRequired spec.accessModes;FieldValueRequired spec.resources[storage]")]
    [InlineData("""{"apiVersion":"v1","kind":"Event","metadata":{"name":"a","namespace":"n"},"involvedObject":{"namespace":"n"}}""", "")]
    [InlineData("""{"apiVersion":"v1","kind":"Event","metadata":{"name":"a","namespace":"n"},"involvedObject":{"namespace":"m"}}""", "FieldValueInvalid involvedObject.namespace")]
    [InlineData("""{"apiVersion":"v1","kind":"Event","metadata":{"name":"a","namespace":"default"},"involvedObject":{"kind":"Node"}}""", "")]
    [InlineData("""{"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":"a","namespace":"n"},"regarding":{"kind":"Node"}}""",
        "FieldValueInvalid regarding.namespace;FieldValueInvalid type;FieldValueRequired eventTime")]
    public void An_invalid_object_is_refused_with_its_causes(string given, string causes) =>
        Causes(null, given).ShouldBe(causes);

    [Theory]
    [InlineData("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"a":"1"},"immutable":true}""",
        """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","labels":{"x":"y"}},"data":{"a":"1"},"immutable":true}""", "")]
    [InlineData("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"a":"1"},"immutable":true}""",
        """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"a":"1"}}""", "FieldValueForbidden immutable")]
    [InlineData("""{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"data":{"a":"MQ=="},"immutable":true}""",
        """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"data":{"a":"Mg=="},"immutable":true}""", "FieldValueForbidden data")]
    [InlineData("""{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":{"clusterIP":"10.0.0.1","clusterIPs":["10.0.0.1"],"ports":[{"port":1}]}}""",
        """{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":{"clusterIP":"10.0.0.2","clusterIPs":["10.0.0.2"],"ports":[{"port":1}]}}""", "FieldValueInvalid spec.clusterIPs[0]")]
    [InlineData("""{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"a"},"roleRef":{"kind":"Role","name":"r"}}""",
        """{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"a"},"roleRef":{"kind":"Role","name":"s"}}""", "FieldValueInvalid roleRef")]
    [InlineData("""{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"a"},"spec":{"serviceName":"s","selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":""" + Containers + """}}}}""",
        """{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"a"},"spec":{"serviceName":"t","replicas":3,"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":""" + Containers + """}}}}""",
        "FieldValueForbidden spec")]
    public void An_update_cannot_change_what_is_immutable(string live, string next, string causes) => Causes(live, next).ShouldBe(causes);

    private static string Causes(string? live, string next)
    {
        var (before, after) = (live is null ? null : Read(live), Read(next));
        var causes = Validation.Causes(before, after, SchemaRegistry.BuiltIn.Find(after.GroupVersionKind)!);
        return string.Join(';', causes.Select(static cause => $"{cause.Reason} {cause.Field}").Order(StringComparer.Ordinal));
    }

    private static KubernetesObject Read(string text)
    {
        var subject = KubernetesObject.Parse(text);
        Defaulting.Apply(subject, SchemaRegistry.BuiltIn.Find(subject.GroupVersionKind)!);
        return subject;
    }
}
