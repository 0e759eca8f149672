using GitOps.Sandbox.Tests.Replay;

namespace GitOps.Sandbox.Tests.Policies;

public sealed class ValidatingPolicyTests
{
    private const string Costly =
        "[1,2,3,4,5,6,7,8,9].all(a, [1,2,3,4,5,6,7,8,9].all(b, [1,2,3,4,5,6,7,8,9].all(c, [1,2,3,4,5,6,7,8,9].all(d, "
        + "[1,2,3,4,5,6,7,8,9].all(e, [1,2,3,4,5,6,7,8,9].all(f, a+b+c+d+e+f > 0))))))";

    [Theory]
    [InlineData("""{"expression":"object.data.k == 'w'","message":"k must be w"}""", 422, "Invalid", "k must be w")]
    [InlineData("""{"expression":"object.data.k == 'w'"}""", 422, "Invalid", "failed expression: object.data.k == 'w'")]
    [InlineData("""{"expression":"false","messageExpression":"'no ' + object.metadata.name + ' by ' + request.userInfo.username","reason":"Forbidden"}""",
        403, "Forbidden", "no a by admin")]
    [InlineData("""{"expression":"false","message":"written","messageExpression":"string(object.nope)"}""", 422, "Invalid", "written")]
    [InlineData("""{"expression":"object.data.x == 'y'"}""", 422, "Invalid", "expression 'object.data.x == 'y'' resulted in error: no such key: x")]
    [InlineData("""{"expression":"namespaceObject.metadata.labels.team == 'blue'","message":"wrong team"}""", 422, "Invalid", "wrong team")]
    [InlineData("""{"expression":"params != null","message":"none"}""", 422, "Invalid", "none", """{"paramKind":{"apiVersion":"v1","kind":"ConfigMap"}}""")]
    [InlineData("""{"expression":"variables.a == 1"}""", 422, "Invalid",
        "expression 'variables.a == 1' resulted in error: composited variable \"a\" fails to evaluate: no such key: nope",
        """{"variables":[{"name":"a","expression":"object.nope"}]}""")]
    [InlineData("""{"expression":"variables.b"}""", 422, "Invalid", "failed expression: variables.b",
        """{"variables":[{"name":"a","expression":"object.data"},{"name":"b","expression":"variables.a.size() == 2"}]}""")]
    [InlineData("""{"expression":"false"}""", 422, "Invalid", "expression 'object.nope == 1' resulted in error: no such key: nope",
        """{"matchConditions":[{"name":"c","expression":"object.nope == 1"}]}""")]
    [InlineData("{\"expression\":\"" + Costly + "\"}", 422, "Invalid", "expression '" + Costly + "' resulted in error: operation cancelled: actual cost limit exceeded")]
    public async Task What_a_policy_forbids_is_refused_in_its_words(string validation, int status, string reason, string message, string spec = "{}")
    {
        await using var bed = await PolicyBed.StartAsync();
        await bed.ValidateAsync($"[{validation}]", spec);

        var answer = await bed.Cluster.PostAsync(bed.ConfigMaps, PolicyBed.ConfigMap("a"));

        (answer.Status, answer.Reason).ShouldBe((status, reason), answer.Text("message"));
        answer.Text("message").ShouldBe($"configmaps \"a\" is forbidden: {bed.Refusal}{message}");
        answer.Body["details"]!["causes"]![0]!["message"]!.GetValue<string>().ShouldBe(bed.Refusal + message);
    }

    [Theory]
    [InlineData("object.data.k == 'v'", "{}")]
    [InlineData("object.nope == 1", """{"failurePolicy":"Ignore"}""")]
    [InlineData("false", """{"matchConditions":[{"name":"c","expression":"object.metadata.name == 'b'"}]}""")]
    [InlineData("false", """{"matchConditions":[{"name":"c","expression":"object.nope == 1"},{"name":"d","expression":"false"}]}""")]
    [InlineData("authorizer.requestResource.check('create').allowed() && authorizer.path('/healthz').check('get').allowed()", "{}")]
    [InlineData("request.operation == 'CREATE' && request.kind.kind == 'ConfigMap' && request.resource.resource == 'configmaps'", "{}")]
    [InlineData("request.options.kind == 'CreateOptions' && !has(request.subResource) && oldObject == null && !request.dryRun", "{}")]
    public async Task What_a_policy_does_not_forbid_passes(string expression, string spec)
    {
        await using var bed = await PolicyBed.StartAsync();
        await bed.ValidateAsync($$"""[{"expression":"{{expression}}"}]""", spec);

        (await bed.Cluster.PostAsync(bed.ConfigMaps, PolicyBed.ConfigMap("a"))).Ok();
    }

    [Fact]
    public async Task An_approval_must_be_given_in_ones_own_name_and_not_by_those_who_may_not()
    {
        await using var bed = await PolicyBed.StartAsync();
        await ServeApprovalsAsync(bed);
        await bed.ValidateAsync("""
            [{"expression":"object.spec.approvedBy == request.userInfo.username",
              "messageExpression":"'approvedBy must be ' + request.userInfo.username + ', not ' + object.spec.approvedBy","reason":"Forbidden"},
             {"expression":"!(request.userInfo.username in ['mallory'])","message":"this user may not approve","reason":"Forbidden"},
             {"expression":"!request.userInfo.groups.exists(g, g in ['robots', 'system:serviceaccounts'])","message":"robots may not approve","reason":"Forbidden"}]
            """, $$"""
            {"matchConstraints":{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"{{bed.Namespace}}"} },
              "resourceRules":[{"operations":["CREATE","UPDATE"],"apiGroups":["tests.example.com"],"apiVersions":["*"],"resources":["approvals"]}]},
             "matchConditions":[{"name":"approval",
              "expression":"has(object.spec.approvedBy) && (oldObject == null || !has(oldObject.spec.approvedBy) || oldObject.spec.approvedBy != object.spec.approvedBy)"}]}
            """);
        await bed.CreateAsync($"/apis/rbac.authorization.k8s.io/v1/namespaces/{bed.Namespace}/rolebindings", "all", """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"all"},
             "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"all-approvals"},
             "subjects":[{"kind":"Group","name":"system:authenticated","apiGroup":"rbac.authorization.k8s.io"}]}
            """);
        var path = $"/apis/tests.example.com/v1/namespaces/{bed.Namespace}/approvals?dryRun=All";
        async Task<Answer> ApproveAsync(string user, string spec, params string[] groups) => await bed.PostAsAsync(
            user, path, $$$"""{"apiVersion":"tests.example.com/v1","kind":"Approval","metadata":{"name":"a"},"spec":{{{spec}}} }""", groups);

        (await ApproveAsync("alice", """{"approvedBy":"alice"}""", "developers")).Status.ShouldBe(201);
        var other = await ApproveAsync("alice", """{"approvedBy":"bob"}""", "developers");
        (other.Status, other.Reason).ShouldBe((403, "Forbidden"));
        other.Text("message").ShouldBe($"approvals.tests.example.com \"a\" is forbidden: {bed.Refusal}approvedBy must be alice, not bob");
        (await ApproveAsync("mallory", """{"approvedBy":"mallory"}""", "developers")).Text("message").ShouldEndWith("denied request: this user may not approve");
        (await ApproveAsync("carol", """{"approvedBy":"carol"}""", "robots")).Text("message").ShouldEndWith("denied request: robots may not approve");
        const string Account = "system:serviceaccount:default:ci";
        (await ApproveAsync(Account, $$"""{"approvedBy":"{{Account}}"}""")).Text("message").ShouldEndWith("denied request: robots may not approve");
        (await ApproveAsync("mallory", """{"other":"x"}""", "robots")).Status.ShouldBe(201);
    }

    [Fact]
    public async Task A_policy_that_only_warns_lets_pass()
    {
        await using var bed = await PolicyBed.StartAsync();
        await bed.ValidateAsync("""[{"expression":"false"},{"expression":"1 == 2","message":"two"}]""", binding: """{"validationActions":["Warn","Audit"]}""");

        var created = (await bed.Cluster.PostAsync(bed.ConfigMaps, PolicyBed.ConfigMap("a"))).Ok();

        var prefix = $"Validation failed for ValidatingAdmissionPolicy '{bed.Policy}' with binding '{bed.Policy}b': ";
        created.Headers["Warning"].ShouldBe($"299 - \"{prefix}failed expression: false\", 299 - \"{prefix}two\"");
    }

    [Theory]
    [InlineData("""{"name":"limits.NS.example.com","parameterNotFoundAction":"Deny"}""", "want w of limits.NS.example.com")]
    [InlineData("""{"selector":{"matchLabels":{"is":"NS"}},"parameterNotFoundAction":"Deny"}""", "want w of limits.NS.example.com")]
    [InlineData("""{"name":"absent","parameterNotFoundAction":"Deny"}""",
        "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction")]
    [InlineData("""{"name":"absent","parameterNotFoundAction":"Allow"}""", null)]
    public async Task A_policy_takes_parameters_from_objects(string reference, string? message)
    {
        await using var bed = await PolicyBed.StartAsync();

        // Definitions are the one built-in kind that a real server goes on watching after the last policy with such parameters is gone.
        await bed.CreateAsync("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", $"limits.{bed.Namespace}.example.com", """
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
             "metadata":{"name":"limits.NS.example.com","labels":{"is":"NS"},"annotations":{"want":"w"}},
             "spec":{"group":"NS.example.com","scope":"Cluster","names":{"plural":"limits","kind":"Limit"},
              "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object"}}}]}}
            """.Replace("NS", bed.Namespace, StringComparison.Ordinal));
        await bed.ValidateAsync(
            """
            [{"expression":"object.data.k == params.metadata.annotations.want",
              "messageExpression":"'want ' + params.metadata.annotations.want + ' of ' + params.metadata.name"}]
            """,
            """
            {"paramKind":{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition"},
             "matchConditions":[{"name":"c","expression":"object.metadata.name == 'a'"}]}
            """,
            $$"""{"paramRef":{{reference.Replace("NS", bed.Namespace, StringComparison.Ordinal)}} }""");

        var expected = message is null
            ? string.Empty
            : $"configmaps \"a\" is forbidden: {bed.Refusal}{message.Replace("NS", bed.Namespace, StringComparison.Ordinal)}";
        await Eventually.HoldsAsync(
            async () => (await bed.Cluster.PostAsync(bed.ConfigMaps + "?dryRun=All", PolicyBed.ConfigMap("a"))).Text("message") == expected,
            "the parameters are known");
    }

    [Fact]
    public async Task A_kind_of_parameters_that_nobody_serves_is_the_policys_fault()
    {
        await using var bed = await PolicyBed.StartAsync();
        await bed.ValidateAsync(
            """[{"expression":"true"}]""", """{"paramKind":{"apiVersion":"nope.example.com/v1","kind":"Nope"}}""",
            """{"paramRef":{"name":"x","parameterNotFoundAction":"Deny"}}""");

        (await bed.Cluster.PostAsync(bed.ConfigMaps, PolicyBed.ConfigMap("a"))).Text("message").ShouldBe(
            $"configmaps \"a\" is forbidden: ValidatingAdmissionPolicy '{bed.Policy}' denied request: failed to configure policy: "
            + "failed to find resource referenced by paramKind: 'nope.example.com/v1, Kind=Nope'");
    }

    [Fact]
    public async Task An_expression_can_ask_what_the_caller_may_do()
    {
        await using var bed = await PolicyBed.StartAsync();
        var rbac = $"/apis/rbac.authorization.k8s.io/v1/namespaces/{bed.Namespace}";
        await bed.CreateAsync(rbac + "/roles", "r", """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"r"},"rules":[{"apiGroups":[""],"resources":["configmaps"],"verbs":["create"]}]}
            """);
        await bed.CreateAsync(rbac + "/rolebindings", "r", """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"r"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"r"},
             "subjects":[{"kind":"User","name":"limited","apiGroup":"rbac.authorization.k8s.io"}]}
            """);
        await bed.ValidateAsync($$"""
            [{"expression":"authorizer.requestResource.check('create').allowed()","message":"create"},
             {"expression":"authorizer.group('').resource('secrets').namespace('{{bed.Namespace}}').check('get').allowed()","message":"no secrets"}]
            """);

        (await bed.PostAsAsync("limited", bed.ConfigMaps + "?dryRun=All", PolicyBed.ConfigMap("a"))).Text("message").ShouldEndWith("denied request: no secrets");
        (await bed.Cluster.PostAsync(bed.ConfigMaps + "?dryRun=All", PolicyBed.ConfigMap("a"))).Ok();
    }

    [Fact]
    public async Task A_binding_narrows_a_policy_and_an_exclusion_wins()
    {
        await using var bed = await PolicyBed.StartAsync();
        await bed.ValidateAsync("""[{"expression":"false","message":"no"}]""", $$"""
            {"matchConstraints":{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"{{bed.Namespace}}"} },
             "resourceRules":[{"operations":["CREATE"],"apiGroups":[""],"apiVersions":["v1"],"resources":["configmaps"]}],
             "excludeResourceRules":[{"operations":["*"],"apiGroups":["*"],"apiVersions":["*"],"resources":["configmaps"],"resourceNames":["special"]}]} }
            """, """{"matchResources":{"objectSelector":{"matchLabels":{"x":"y"}}}}""");
        async Task<int> PostAsync(string name, string labels) =>
            (await bed.Cluster.PostAsync(bed.ConfigMaps + "?dryRun=All", PolicyBed.ConfigMap(name, labels: labels))).Status;

        (await PostAsync("a", "{}")).ShouldBe(201);
        (await PostAsync("a", """{"x":"y"}""")).ShouldBe(422);
        (await PostAsync("special", """{"x":"y"}""")).ShouldBe(201);
    }

    [Fact]
    public async Task Deletions_and_the_replicas_of_a_scale_can_be_forbidden()
    {
        await using var bed = await PolicyBed.StartAsync();
        var deployments = $"/apis/apps/v1/namespaces/{bed.Namespace}/deployments";
        (await bed.Cluster.PostAsync(deployments, """
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},
             "spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}
            """)).Ok();
        await bed.ValidateAsync("""
            [{"expression":"request.operation == 'DELETE' ? object == null && oldObject.metadata.name != 'a' : object.spec.replicas < 3","message":"no"}]
            """, $$"""
            {"matchConstraints":{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"{{bed.Namespace}}"} },
             "resourceRules":[{"operations":["UPDATE"],"apiGroups":["apps"],"apiVersions":["v1"],"resources":["deployments/scale"]},
              {"operations":["DELETE"],"apiGroups":["apps"],"apiVersions":["v1"],"resources":["deployments"]}]} }
            """);

        (await bed.Cluster.MergeAsync(deployments + "/a/scale", """{"spec":{"replicas":5}}""")).Status.ShouldBe(422);
        (await bed.Cluster.MergeAsync(deployments + "/a/scale", """{"spec":{"replicas":2}}""")).Status.ShouldBe(200);
        (await bed.Cluster.DeleteAsync(deployments + "/a")).Status.ShouldBe(422);
    }

    private static async Task ServeApprovalsAsync(PolicyBed bed)
    {
        await bed.CreateAsync("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", "approvals.tests.example.com", """
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"approvals.tests.example.com"},
             "spec":{"group":"tests.example.com","scope":"Namespaced","names":{"plural":"approvals","singular":"approval","kind":"Approval"},
              "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object",
               "properties":{"approvedBy":{"type":"string"},"other":{"type":"string"}}}}}}}]}}
            """);
        await bed.CreateAsync("/apis/rbac.authorization.k8s.io/v1/clusterroles", "all-approvals", """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"all-approvals"},
             "rules":[{"apiGroups":["tests.example.com"],"resources":["approvals"],"verbs":["*"]}]}
            """);
        await Eventually.HoldsAsync(
            async () => (await bed.Cluster.GetAsync($"/apis/tests.example.com/v1/namespaces/{bed.Namespace}/approvals")).Status == 200, "the kind is served");
    }
}
