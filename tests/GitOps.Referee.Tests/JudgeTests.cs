using System.Text.Json.Nodes;

namespace GitOps.Referee.Tests;

public sealed class JudgeTests
{
    private const string Right = """{"color": "blue", "size": "large"}""";
    private const string Red = """{"color": "red", "size": "large"}""";

    [Fact]
    public void Nothing_is_drift_of_what_our_manager_never_applied() =>
        new Recording().Edit("vi", 1, Right).Edit("vi", 2, Red).Delete().Told.ShouldBeEmpty();

    [Fact]
    public void A_changed_value_is_drift_by_its_new_owner_until_our_manager_writes() =>
        new Recording().Apply(1, Right).Edit("vi", 2, Red).Apply(3, Right).Told.ShouldBe("data.color by vi: SetRight");

    [Fact]
    public void It_is_open_while_nobody_sets_it_right() =>
        new Recording().Apply(1, Right).Edit("vi", 2, Red).Told.ShouldBe("data.color by vi: Open");

    [Fact]
    public void A_heal_in_the_second_of_the_apply_before_it_is_ours_all_the_same() =>
        new Recording().Apply(1, Right).Edit("vi", 1, Red).Apply(1, Right).Told.ShouldBe("data.color by vi: SetRight");

    [Fact]
    public void A_removed_value_is_drift_by_nobody_known() =>
        new Recording().Apply(1, Right).Edit("vi", 2, """{"size": "large"}""").Told.ShouldBe("data.color by -: Open");

    [Fact]
    public void What_is_put_beside_ours_is_no_drift() =>
        new Recording().Apply(1, Right).Edit("vi", 2, """{"color": "blue", "size": "large", "extra": "x"}""").Told.ShouldBeEmpty();

    [Fact]
    public void What_its_author_sets_back_is_over() =>
        new Recording().Apply(1, Right).Edit("vi", 2, Red).Edit("vi", 3, Right).Told.ShouldBe("data.color by vi: SetBack");

    [Fact]
    public void Two_authors_of_one_drift_are_named_in_order() =>
        new Recording().Apply(1, Right).Edit("vi", 2, Red).Edit("nano", 3, """{"color": "green", "size": "large"}""").Told.ShouldBe("data.color by vi, then nano: Open");

    [Fact]
    public void Another_commit_of_ours_is_no_drift() =>
        new Recording().Apply(1, Right).Apply(2, Red).Told.ShouldBeEmpty();

    [Fact]
    public void Another_commit_of_ours_within_the_second_is_no_drift() =>
        new Recording().Apply(1, Right).Apply(1, Red).Told.ShouldBeEmpty();

    [Fact]
    public void A_commit_that_drops_a_field_is_no_drift() =>
        new Recording().Apply(1, Right).Apply(2, """{"color": "blue"}""").Edit("vi", 3, """{"color": "blue", "size": "tiny"}""").Told.ShouldBeEmpty();

    [Fact]
    public void A_value_of_ours_that_a_webhook_rewrites_in_anothers_request_is_drift_by_nobody_known() =>
        new Recording().Apply(1, Right).Rewrite("trigger", 2, Red).Told.ShouldBe("data.color by -: Open");

    [Fact]
    public void A_forced_apply_of_another_is_drift_by_its_name() =>
        new Recording().Apply(1, Right).Edit("rival", 2, Red, "Apply").Told.ShouldBe("data.color by rival: Open");

    [Fact]
    public void A_deletion_is_drift_until_our_manager_makes_it_anew() =>
        new Recording().Apply(1, Right).Delete().Anew().Apply(2, Right).Told.ShouldBe("deleted by -: SetRight");

    [Fact]
    public void What_somebody_else_makes_in_its_place_does_not_end_a_deletion() =>
        new Recording().Apply(1, Right).Delete().Anew().Edit("kubectl-create", 2, Right).Told.ShouldBe("deleted by -: Open");

    [Fact]
    public void A_deletion_begins_when_it_is_asked_for_and_ends_what_was_open() =>
        new Recording().Apply(1, Right).Edit("vi", 2, Red).Terminate().Delete().Told.ShouldBe("data.color by vi: Gone\ndeleted by -: Open");

    [Fact]
    public void The_history_names_managers_and_never_a_value()
    {
        var recording = new Recording().Apply(1, Right).Edit("vi", 2, Red).Delete();
        recording.History.Count.ShouldBe(3);
        recording.History[1].ShouldContain("vi Update");
        recording.History.ShouldAllBe(static line => !line.Contains("red", StringComparison.Ordinal) && !line.Contains("blue", StringComparison.Ordinal));
    }

    [Fact]
    public void The_order_among_our_items_of_a_list_counts_and_that_of_others_does_not()
    {
        var judge = new Judge(Recording.Ours);
        judge.Take("ADDED", Listed("a", "b"), 1);
        judge.Take("MODIFIED", Listed("a", "x", "b"), 2);
        judge.Findings.ShouldBeEmpty();
        judge.Take("MODIFIED", Listed("b", "x", "a"), 3);
        judge.Findings.ShouldHaveSingleItem().Path.ShouldBe("spec.items");
        judge.Findings[0].Culprits.ShouldBe([string.Empty]);
    }

    [Theory]
    [InlineData("""{"f:spec": {"f:replicas": {} } }""", "spec.replicas")]
    [InlineData("""{"f:metadata": {"f:labels": {"f:app.example.com/part": {} } } }""", "metadata.labels[\"app.example.com/part\"]")]
    [InlineData("""{"f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:targetPort": {} } } }""", "ports[port=80,protocol=TCP].targetPort")]
    [InlineData("""{"f:finalizers": {".": {}, "v:\"x\"": {} } }""", "finalizers[\"x\"]")]
    [InlineData("""{"f:spec": {".": {} } }""", "spec")]
    public void A_path_is_written_as_people_read_it(string fields, string expected) =>
        FieldTree.Leaves(JsonNode.Parse(fields)!.AsObject()).Select(FieldTree.Describe).ShouldBe([expected]);

    private static JsonObject Listed(params string[] names) => new()
    {
        ["kind"] = "Thing",
        ["metadata"] = new JsonObject
        {
            ["name"] = "it",
            ["uid"] = "1",
            ["managedFields"] = new JsonArray(new JsonObject
            {
                ["manager"] = Recording.Ours,
                ["operation"] = "Apply",
                ["time"] = "2026-01-01T00:00:01Z",
                ["fieldsV1"] = JsonNode.Parse("""{"f:spec": {"f:items": {"k:{\"name\":\"a\"}": {".": {}, "f:name": {} }, "k:{\"name\":\"b\"}": {".": {}, "f:name": {} } } } }"""),
            }),
        },
        ["spec"] = new JsonObject { ["items"] = new JsonArray([.. names.Select(static name => new JsonObject { ["name"] = name })]) },
    };
}
