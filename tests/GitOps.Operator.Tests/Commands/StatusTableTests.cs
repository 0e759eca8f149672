using GitOps.Operator.Commands;
using Spectre.Console;

namespace GitOps.Operator.Tests.Commands;

public sealed class StatusTableTests
{
    [Fact]
    public void It_shows_the_rows_by_name_and_the_last_notes()
    {
        var table = new StatusTable();
        foreach (var name in (string[])["web", "api", "gone"])
        {
            var row = new ApplicationRow(new("ops", name), "Synced", "Healthy", "0123456", 1, $"about [{name}]");
            table.Take(new RowChange(row.Key, row));
        }

        table.Take(new RowChange(new("ops", "gone"), null));
        for (var i = 1; i <= 7; i++)
        {
            table.Note($"note {i}");
        }

        var text = Draw(table);

        text.ShouldNotContain("ops/gone");
        text.ShouldContain("about [web]");
        text.IndexOf("ops/api", StringComparison.Ordinal).ShouldBeLessThan(text.IndexOf("ops/web", StringComparison.Ordinal));
        text.ShouldNotContain("note 2");
        text.ShouldContain("note 3");
        text.ShouldContain("note 7");
    }

    private static string Draw(StatusTable table)
    {
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(writer) });
        console.Profile.Width = 120;
        console.Write(table.Draw());
        return writer.ToString();
    }
}
