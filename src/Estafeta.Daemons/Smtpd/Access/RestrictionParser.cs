using System.Collections.Concurrent;
using System.Globalization;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;
using Estafeta.Daemons.Smtpd.Access.Dns;
using Estafeta.Daemons.Smtpd.Access.Restrictions;
using Estafeta.Daemons.Smtpd.Access.Tables;
using Estafeta.Net.Dns;

namespace Estafeta.Daemons.Smtpd.Access;

/// <summary>
/// Reads restriction lists: names separated by white space or commas, arguments behind some of them, <c>{ … }</c> around an argument
/// with options. Unknown words and bad arguments are kept and answer 451 when their turn comes, as in Postfix. Knows the
/// restriction classes of smtpd_restriction_classes.
/// </summary>
internal sealed class RestrictionParser
{
    /// <summary>Results of access tables that name restrictions are few; a table that invents new ones for ever is not remembered.</summary>
    private const int RememberedResults = 1000;

    private readonly AccessServices _services;
    private readonly ParameterSet _parameters;
    private readonly Dictionary<string, Lazy<RestrictionList>> _classes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, RestrictionList> _results = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AccessTable> _tables = new(StringComparer.Ordinal);

    public RestrictionParser(AccessServices services, ParameterSet parameters)
    {
        _services = services;
        _parameters = parameters;
        foreach (var name in WordList.Split(parameters.Get(Parameters.SmtpdRestrictionClasses)))
        {
            var definition = parameters.Find(name) is { Length: > 0 } text
                ? parameters.Expand(text)
                : throw new ConfigurationException($"restriction class `{name}' needs a definition");
            _classes[name] = new Lazy<RestrictionList>(() => Parse(name, definition));
        }

        // Classes may name each other, so all are known before the first is read; and all are read before the first session.
        foreach (var restrictionClass in _classes.Values)
        {
            _ = restrictionClass.Value;
        }
    }

    public RestrictionList Parse(StringParameter parameter) => Parse(parameter.Name, _parameters.Get(parameter));

    /// <summary>A result of an access table or of a policy service that names restrictions.</summary>
    public RestrictionList ParseResult(string text)
    {
        if (_results.TryGetValue(text, out var known))
        {
            return known;
        }

        var list = Parse(text, text);
        if (_results.Count < RememberedResults)
        {
            _results.TryAdd(text, list);
        }

        return list;
    }

    public RestrictionList FindClass(string name) => _classes[name].Value;

    public Restriction ReadWarning(string name, RestrictionWords words) => words.TryRead(out var next)
        ? new WarnIfRejectRestriction(Read(next, words))
        : new MisconfiguredRestriction(name, "warn_if_reject is the last word of its list");

    /// <summary>What to say of the word behind one that always decides; null when there is none.</summary>
    public static string? ReadIgnored(string name, RestrictionWords words) =>
        words.TryPeek(out var next) ? $"restriction `{next}' after `{name}' is ignored" : null;

    public static Restriction ReadSleep(string name, RestrictionWords words) =>
        words.TryRead(out var text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? new SleepRestriction($"{name} {seconds}", TimeSpan.FromSeconds(seconds))
            : new MisconfiguredRestriction(name, $"restriction {name} must be followed by number");

    public Restriction ReadPolicyService(string name, RestrictionWords words) =>
        words.TryRead(out var service) && service.Contains(':', StringComparison.Ordinal)
            ? _services.Policies.Open(name, service, _parameters)
            : new MisconfiguredRestriction(name, $"restriction {name} must be followed by transport:server");

    public Restriction ReadTable(string name, RestrictionWords words, Func<string, AccessTable, Restriction> make)
    {
        // An argument that is no table leaves the word to its own fate: it is the next restriction.
        var hasTable = words.TryPeek(out var argument) && IsTable(argument);
        if (!hasTable)
        {
            return new MisconfiguredRestriction(
                name, $"restriction {name}: bad argument \"{(argument.Length > 0 ? argument : name)}\": need maptype:mapname");
        }

        words.TryRead(out _);
        return make($"{name} {argument}", OpenTable(argument));
    }

    public Restriction ReadCertificateTable(string name, RestrictionWords words) => ReadTable(name, words, static (n, table) =>
    {
        var order = new CertificateSearchOrder(n, table.Name);
        return new ExactTableRestriction(n, table, s => order.Keys(s.CertificateFingerprints), ReplyClass.ClientCertificate);
    });

    public static Restriction ReadDnsList(string name, RestrictionWords words, Func<string, DnsListSite, Restriction> make)
    {
        if (!words.TryRead(out var argument))
        {
            return new IgnoredRestriction(name, $"restriction {name} requires domain name argument");
        }

        return make($"{name} {argument}", DnsListSite.Parse(argument));
    }

    /// <summary>A name that stands for others.</summary>
    public Restriction ReadAlias(string name, string restrictions) => new ListRestriction(name, Parse(name, restrictions));

    /// <summary>A restriction that Postfix 3.9 took out (DEPRECATION_README): a mistake of the configuration, which its warning explains.</summary>
    /// <param name="instead">Quoted.</param>
    public static Restriction Removed(string name, string instead) =>
        new MisconfiguredRestriction(name, $"support for restriction \"{name}\" has been removed in Postfix 3.9; instead, specify {instead}");

    private RestrictionList Parse(string listName, string value)
    {
        var words = new RestrictionWords(value);
        var restrictions = new List<Restriction>();
        while (words.TryRead(out var word))
        {
            // The table of check_address_map, which this list has for a check of its own.
            restrictions.Add(IsTable(word) && listName == Parameters.LocalHeaderRewriteClients.Name
                ? new AddressMapRestriction(word, OpenTable(word))
                : Read(word, words));
        }

        return new RestrictionList(listName, restrictions);
    }

    private Restriction Read(string word, RestrictionWords words)
    {
        if (IsTable(word))
        {
            return new BareTableRestriction(word, OpenTable(word));
        }

        if (_classes.ContainsKey(word))
        {
            return new ClassRestriction(word);
        }

        var name = word.ToLowerInvariant();
        return RestrictionNames.Find(name)?.Invoke(this, name, words)
            ?? new MisconfiguredRestriction(word, $"unknown smtpd restriction: \"{word}\"");
    }

    private static bool IsTable(string word) => word.Contains(':', StringComparison.Ordinal);

    private AccessTable OpenTable(string name)
    {
        if (!_tables.TryGetValue(name, out var table))
        {
            _tables[name] = table = new AccessTable(name, _services);
        }

        return table;
    }
}
