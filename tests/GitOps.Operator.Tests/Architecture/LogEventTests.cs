using System.Reflection;
using GitOps.Operator.Observability;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Tests.Architecture;

public sealed class LogEventTests
{
    private const BindingFlags AnyMethod =
        BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly (MethodInfo Method, int Id)[] Events =
    [
        .. from type in typeof(LogEvents).Assembly.GetTypes()
           from method in type.GetMethods(AnyMethod)
           let attribute = method.GetCustomAttribute<LoggerMessageAttribute>()
           where attribute is not null
           select (method, attribute.EventId),
    ];

    [Fact]
    public void An_event_has_an_id_of_its_folders_range()
    {
        Events.ShouldNotBeEmpty();
        var wrong = from entry in Events
                    let folder = entry.Method.DeclaringType!.Namespace!["GitOps.Operator.".Length..].Split('.')[0]
                    let ranges = LogEvents.ByFolder.GetValueOrDefault(folder, [])
                    where !ranges.Any(first => entry.Id >= first && entry.Id < first + LogEvents.RangeSize)
                    select $"{entry.Method.DeclaringType}.{entry.Method.Name}: {entry.Id}";
        wrong.ShouldBeEmpty();
    }

    [Fact]
    public void No_two_events_have_the_same_id() =>
        Events.GroupBy(static entry => entry.Id).Where(static entries => entries.Count() > 1)
            .Select(static entries => $"{entries.Key}: {string.Join(", ", entries.Select(static entry => $"{entry.Method.DeclaringType}.{entry.Method.Name}"))}")
            .ShouldBeEmpty();
}
