using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Cel;

namespace GitOps.Sandbox.Tests.Cel;

/// <summary>What callers build on: variables, budgets, objects, questions to an authorizer.</summary>
public sealed class ProgramTests
{
    private static readonly CelEnvironment Mutating = CelEnvironment.Base.WithObjectTypes().WithVariable("object", CelType.Dyn);

    [Theory]
    [InlineData("Object{spec: Object.spec{replicas: object.n + 1, labels: {'a': 'b'}}}", """{"spec":{"labels":{"a":"b"},"replicas":3}}""")]
    [InlineData("Object{metadata: Object.metadata{?name: object.?missing}}", """{"metadata":{}}""")]
    [InlineData("[JSONPatch{op: 'add', path: '/a/' + jsonpatch.escapeKey('x/y~z'), value: [dyn(1), dyn('b'), dyn(null), dyn(1.5)]}]", """[{"op":"add","path":"/a/x~1y~0z","value":[1,"b",null,1.5]}]""")]
    [InlineData("object.map(k, {k: object[k]})", """[{"n":2}]""")]
    [InlineData("[dyn(timestamp('2020-01-01T00:00:00Z')), dyn(duration('90s')), dyn(b'a')]", """["2020-01-01T00:00:00Z","90s","YQ=="]""")]
    public void A_result_becomes_JSON(string expression, string expected)
    {
        var program = CelProgram.Compile(expression, Mutating, null);
        program.Errors.ShouldBeEmpty();

        var result = program.Program!.Evaluate(
            new Dictionary<string, object?>(StringComparer.Ordinal) { ["object"] = JsonNode.Parse("""{"n":2}""") }, new(CelBudget.PerRequest));

        result.Error.ShouldBeNull();
        KubernetesJson.ToText(result.Value!.ToJson()).ShouldBe(expected);
    }

    [Theory]
    [InlineData("JSONPatch{op: 1}", "expected type of field 'op' is 'string' but provided type is 'int'")]
    [InlineData("JSONPatch{foo: 1}", "undefined field 'foo'")]
    [InlineData("Other{a: 1}", "undeclared reference to 'Other'")]
    public void An_object_that_cannot_be_is_refused(string expression, string error) =>
        CelProgram.Compile(expression, Mutating, null).ErrorText.ShouldContain(error);

    [Fact]
    public void Object_types_are_unknown_where_nothing_is_mutated()
    {
        CelProgram.Compile("Object{a: 1}", CelEnvironment.Base, null).ErrorText.ShouldContain("undeclared reference to 'Object'");
        CelProgram.Compile("jsonpatch.escapeKey('a')", CelEnvironment.Base, null).Program.ShouldBeNull();
    }

    [Fact]
    public void Objects_stand_in_the_fields_their_types_are_named_after()
    {
        var program = CelProgram.Compile("Object{spec: Object.status{}, metadata: Object.metadata{}}", Mutating, null).Program!;

        var value = program.Evaluate(new Dictionary<string, object?>(StringComparer.Ordinal), new(CelBudget.PerRequest)).Value!;

        CelObjectTypes.Mistakes(value).ShouldHaveSingleItem().ShouldContain("unexpected type name \"Object.status\", expected \"Object.spec\"");
    }

    [Fact]
    public void A_variable_is_made_when_it_is_needed_and_once()
    {
        var made = 0;
        var environment = CelEnvironment.Base.WithVariable("a", CelType.Int).WithVariable("b", CelType.Int);
        var program = CelProgram.Compile("true || a + a > 1", environment, CelType.Bool).Program!;
        var other = CelProgram.Compile("a + a > 1", environment, CelType.Bool).Program!;
        var variables = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["a"] = () =>
            {
                made++;
                return (CelValue)CelInt.Of(1);
            },
        };

        program.Evaluate(variables, new(CelBudget.PerRequest)).IsTrue.ShouldBeTrue();
        made.ShouldBe(0);
        other.Evaluate(variables, new(CelBudget.PerRequest)).IsTrue.ShouldBeTrue();
        made.ShouldBe(1);
        other.Variables.ShouldBe(["a"]);
    }

    [Fact]
    public void Lazy_fields_are_asked_for_once_and_may_be_missing()
    {
        var asked = new List<string>();
        var type = CelType.Object("kubernetes.variables", static () => new([new(CelType.Int, "x"), new(CelType.Int, "y")]));
        var program = CelProgram.Compile("variables.x + variables.x == 2 && !has(variables.y)", CelEnvironment.Base.WithVariable("variables", type), CelType.Bool);
        program.Errors.ShouldBeEmpty();

        var fields = new CelLazyFields(name =>
        {
            asked.Add(name);
            return name == "x" ? CelInt.Of(1) : null;
        });

        program.Program!.Evaluate(new Dictionary<string, object?>(StringComparer.Ordinal) { ["variables"] = fields }, new(CelBudget.PerRequest)).IsTrue.ShouldBeTrue();
        asked.ShouldBe(["x", "y"]);
    }

    [Fact]
    public void A_budget_is_spent_and_then_nothing_more_is_evaluated_for_it()
    {
        var program = CelProgram.Compile("[1, 2, 3].all(x, x > 0)", CelEnvironment.Base, CelType.Bool).Program!;
        var none = new Dictionary<string, object?>(StringComparer.Ordinal);
        var budget = new CelBudget(20);

        var first = program.Evaluate(none, budget);
        var second = program.Evaluate(none, budget);

        (first.IsTrue, first.IsOverBudget, first.Cost).ShouldBe((true, false, 16));
        second.IsOverBudget.ShouldBeTrue();
        budget.Remaining.ShouldBe(0);
    }

    [Theory]
    [InlineData("authorizer.group('apps').resource('deployments').subresource('scale').namespace('n').name('x').check('get').allowed()", "get apps deployments/scale n x", true)]
    [InlineData("authorizer.path('/healthz').check('get').allowed()", "get /healthz", true)]
    [InlineData("authorizer.serviceAccount('n', 's').group('').resource('pods').check('list').reason() == 'because'", "list  pods  as n/s", true)]
    [InlineData("authorizer.group('').resource('pods').check('delete').errored()", "delete  pods ", false)]
    public void An_authorizer_is_asked(string expression, string asked, bool expected)
    {
        var authorizer = new Recorder();
        var program = CelProgram.Compile(expression, CelEnvironment.Base.WithVariable("authorizer", CelTypes.Authorizer), CelType.Bool).Program!;

        var result = program.Evaluate(
            new Dictionary<string, object?>(StringComparer.Ordinal) { ["authorizer"] = CelAuthorizer.Of(authorizer) }, new(CelBudget.PerRequest));

        result.IsTrue.ShouldBe(expected);
        authorizer.Asked.ShouldHaveSingleItem().TrimEnd().ShouldBe(asked.TrimEnd());
    }

    private sealed class Recorder : ICelAuthorizer
    {
        public List<string> Asked { get; } = [];

        public CelAccessDecision Decide(CelAccess access)
        {
            var what = access.Path.Length > 0
                ? access.Path
                : $"{access.Group} {access.Resource}{(access.Subresource.Length > 0 ? $"/{access.Subresource}" : string.Empty)} {access.Namespace} {access.Name}";
            var who = access.ServiceAccount is { } account ? $"as {account.Namespace}/{account.Name}" : string.Empty;
            Asked.Add($"{access.Verb} {what.TrimEnd()} {(access.ServiceAccount is null ? string.Empty : " ")}{who}");
            return new(true, "because");
        }
    }
}
