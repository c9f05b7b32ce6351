using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;
using Estafeta.Configuration.MasterCf;
using Estafeta.Daemons.Cleanup;
using Estafeta.Daemons.Smtpd.Explaining;
using Estafeta.Services.Logging;
using Estafeta.Services.Rewriting;
using Estafeta.Tables;

namespace Estafeta.Commands.Explain;

/// <summary>
/// The way of an accepted message: through cleanup (rewriting, canonical maps, virtual aliases, copies) and the queue manager (address class,
/// transport, next hop), with the parameters of their master.cf entries.
/// </summary>
internal sealed class RouteFinder(ParameterSet main, MasterCfFile master, TimeProvider time) : IAsyncDisposable
{
    private readonly MemoryMailLog _log = new();
    private readonly List<TableSet> _tables = [];
    private MapList? _aliases;

    public async Task<ExplainedRoute> FindAsync(SmtpdExplanation session, CancellationToken cancellationToken)
    {
        if (session.Request is not { } request)
        {
            return ExplainedRoute.None;
        }

        var rewrite = ParametersOf(main.Get(Parameters.RewriteServiceName), "trivial-rewrite");
        var resolver = AddressResolver.Create(rewrite, OpenTables(rewrite), _log, time);
        var cleanup = ParametersOf(request.Service, "cleanup");
        var configuration = CleanupConfiguration.Create(cleanup, OpenTables(cleanup), resolver, _log);
        var preview = await new EnvelopePreview(configuration).CleanAsync(request, session.Recipients, session.Edits, cancellationToken);
        if (preview == null)
        {
            return new ExplainedRoute { IsTrouble = true, Remarks = _log.Lines };
        }

        var envelope = preview.Envelope;
        var filter = envelope.ContentFilter is { Length: > 0 } text ? text : null;
        var recipients = new List<ExplainedRecipient>();
        var remaining = envelope.Recipients.Select(static r => r.Address).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var change in preview.Changes.Skip(1))
        {
            // REDIRECT leaves none of them.
            var final = change.Final.Where(remaining.Remove).ToList();
            recipients.Add(new ExplainedRecipient(change.Given, Steps(change), await RouteAsync(resolver, envelope.Sender, final, filter, cancellationToken)));
        }

        foreach (var copy in remaining)
        {
            recipients.Add(new ExplainedRecipient("", [], await RouteAsync(resolver, envelope.Sender, [copy], filter, cancellationToken)));
        }

        return new ExplainedRoute { Sender = envelope.Sender, Recipients = recipients, Remarks = [.. Remarks(preview, filter), .. _log.Lines] };
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var tables in _tables)
        {
            await tables.DisposeAsync();
        }
    }

    private static List<(string Stage, string Address)> Steps(AddressChange change)
    {
        var steps = new List<(string, string)>();
        var before = change.Given;
        Add("rewritten", change.Rewritten);
        Add("canonical maps", change.Canonical);
        Add("virtual alias maps", string.Join(", ", change.Final));
        return steps;

        void Add(string stage, string? address)
        {
            if (address != null && address != before)
            {
                steps.Add((stage, address));
                before = address;
            }
        }
    }

    private static IEnumerable<string> Remarks(PreviewedEnvelope preview, string? filter)
    {
        if (preview.IsDiscarded)
        {
            yield return "the message is discarded: nothing is delivered";
        }

        if (preview.IsHeld)
        {
            yield return "the message waits in the hold queue until somebody releases it (postsuper -H)";
        }

        if (filter != null)
        {
            yield return $"all recipients go through the content filter {filter}; the routes are those behind it when it hands the message back unchanged";
        }
    }

    private async Task<IReadOnlyList<ExplainedDestination>> RouteAsync(
        AddressResolver resolver, string sender, IReadOnlyList<string> addresses, string? filter, CancellationToken cancellationToken)
    {
        var destinations = new List<ExplainedDestination>();
        var deferred = WordList.Split(main.Get(Parameters.DeferTransports));
        foreach (var address in addresses)
        {
            var resolved = await resolver.ResolveAsync(sender, address, cancellationToken);
            var transport = resolved.Class switch
            {
                AddressClass.Invalid => "error",
                AddressClass.Trouble => "retry",
                _ when filter == null && deferred.Contains(resolved.Transport) => "retry",
                _ => resolved.Transport,
            };
            var nexthop = resolved.Error ?? (transport == resolved.Transport ? resolved.Nexthop : $"4.3.2 deferred transport ({resolved.Transport}:{resolved.Nexthop})");
            destinations.Add(new ExplainedDestination(resolved.Recipient, AddressClassWords.Of(resolved.Class), transport, nexthop)
            {
                LocalAlias = transport == "local" ? await FindAliasAsync(resolved.Recipient, cancellationToken) : null,
            });
        }

        return destinations;
    }

    // local(8) asks for the bare user, without and with the extension.
    private async ValueTask<string?> FindAliasAsync(string address, CancellationToken cancellationToken)
    {
        var local = ParametersOf("local", "local");
        _aliases ??= OpenTables(local).OpenList(Parameters.AliasMaps.Name, local.Get(Parameters.AliasMaps), TableFlags.FoldKeys);
        var user = address[..address.LastIndexOf('@')];
        string[] keys = AddressExtensions.Load(local).TryStrip(user, out var bare, out _) ? [user, bare] : [user];
        foreach (var key in keys)
        {
            var result = await _aliases.LookupAsync(key, cancellationToken);
            if (result.Outcome != LookupOutcome.NotFound)
            {
                return result.IsFound ? $"{key}: {result.Value}" : $"{key}: trouble: {result.Value}";
            }
        }

        return null;
    }

    private ParameterSet ParametersOf(string service, string program) =>
        master.Entries.FirstOrDefault(e => e.Name == service && Path.GetFileName(e.Command) == program) is { } entry
            ? main.With(entry)
            : main.With(new ProcessIdentity(program, service));

    private TableSet OpenTables(ParameterSet parameters)
    {
        var tables = new TableSet(parameters) { Warn = _log.Warning, Inform = _log.Info, Time = time };
        _tables.Add(tables);
        return tables;
    }
}
