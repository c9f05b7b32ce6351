using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Interfaces;
using Estafeta.Mail.Addresses;
using Estafeta.Services.Logging;
using Estafeta.Tables;
using Estafeta.Tables.MatchLists;

namespace Estafeta.Services.Rewriting;

/// <summary>
/// trivial-rewrite(8) as a library: completes addresses (<see cref="AddressRewriter"/>), finds the final destination behind routing
/// operators, its address class, and transport and next hop. Immutable and thread-safe; one per process and configuration.
/// </summary>
public sealed class AddressResolver : IAddressResolver
{
    private const int MaximumRoutingSteps = 100;

    private readonly AddressRewriter _rewriter;
    private readonly RouteSettings _settings;
    private readonly LocalDomains _localDomains;
    private readonly AddressClasses _classes;
    private readonly RouteSelector _routes;
    private readonly RelocatedUsers _relocated;

    private AddressResolver(
        AddressRewriter rewriter, RouteSettings settings, LocalDomains localDomains, AddressClasses classes, RouteSelector routes, RelocatedUsers relocated)
    {
        _rewriter = rewriter;
        _settings = settings;
        _localDomains = localDomains;
        _classes = classes;
        _routes = routes;
        _relocated = relocated;
    }

    public AddressRewriter Rewriter => _rewriter;

    public LocalDomains LocalDomains => _localDomains;

    /// <summary>The resolver of a configuration; tables are opened from, and closed with, the table set.</summary>
    public static AddressResolver Create(ParameterSet parameters, TableSet tables, IMailLog log, TimeProvider time, bool forVerification = false)
    {
        var settings = forVerification ? RouteSettings.LoadForVerification(parameters) : RouteSettings.Load(parameters);
        var mydestination = Domains(Parameters.Mydestination);
        var localDomains = new LocalDomains(mydestination, OwnAddresses.Load(parameters).All, RewriteSettings.OriginDomain(parameters));
        var classes = new AddressClasses(
            Domains(Parameters.VirtualAliasDomains),
            Domains(Parameters.VirtualMailboxDomains),
            Domains(Parameters.RelayDomains, true),
            log.Warning);
        var routes = RouteSelector.Create(parameters, tables, settings, localDomains, log, time, forVerification);
        var relocated = RelocatedUsers.Create(parameters, tables, localDomains, log);
        return new AddressResolver(new AddressRewriter(RewriteSettings.Load(parameters), log), settings, localDomains, classes, routes, relocated);

        DomainList Domains(StringParameter parameter, bool withParents = false) =>
            DomainList.Open(parameter.Name, parameters.Get(parameter), tables, withParents);
    }

    public string Rewrite(string address, bool localContext) => _rewriter.Rewrite(address, localContext);

    public async ValueTask<ResolvedAddress> ResolveAsync(string sender, string address, CancellationToken cancellationToken)
    {
        var final = await FindDestinationAsync(address, cancellationToken);
        if (final.Trouble != null)
        {
            return Unresolved(AddressClass.Trouble, address, final.Trouble);
        }

        var recipient = final.Local + "@" + final.Domain;
        var routed = final.Local.AsSpan().IndexOfAny('@', '%', '!') >= 0;
        if ((!final.IsLocal && !final.IsNumeric && !DomainName.IsValidMailDomain(final.Domain)) || (!_settings.AllowMinUser && recipient.StartsWith('-')))
        {
            return Unresolved(AddressClass.Invalid, recipient, "5.1.3 bad address syntax");
        }

        var addressClass = AddressClass.Local;
        if (final.IsLocal)
        {
            await _classes.CheckLocalAsync(final.Domain, cancellationToken);
        }
        else
        {
            (addressClass, var trouble) = await _classes.ClassifyAsync(final.Domain, cancellationToken);
            if (addressClass == AddressClass.Trouble)
            {
                return Unresolved(AddressClass.Trouble, recipient, trouble ?? "4.3.0 address resolver failure");
            }
        }

        var resolved = await _routes.SelectAsync(addressClass, sender, recipient, final.Domain, cancellationToken);
        resolved = await _relocated.ApplyAsync(resolved, cancellationToken);
        return routed ? resolved with { IsRouted = true } : resolved;
    }

    private static ResolvedAddress Unresolved(AddressClass addressClass, string recipient, string error) =>
        new(addressClass, "", "", recipient) { Error = error };

    /// <summary>Peels local domains off the right until what is left is remote, or a user here.</summary>
    private async ValueTask<Destination> FindDestinationAsync(string address, CancellationToken cancellationToken)
    {
        var text = address;
        var isOpaque = false;
        string? localDomain = null;
        for (var step = 0; step < MaximumRoutingSteps; step++)
        {
            var at = isOpaque ? -1 : text.LastIndexOf('@');
            if (at < 0)
            {
                if (!isOpaque && ApplyRoutingOperators(text) is { } routed)
                {
                    text = routed;
                    continue;
                }

                var user = text.Length == 0 ? _settings.EmptyAddressRecipient : text;
                if (localDomain != null)
                {
                    return new Destination(user, localDomain, true, null);
                }

                text = user + "@" + _settings.Myhostname;
                continue;
            }

            var domain = CanonicalDomain(text[(at + 1)..], localDomain != null, out var isNumeric);
            var rest = text[..at];
            if (domain.Length == 0 && (_settings.ResolveNullDomain || (_settings.ResolveDequotedAddress && rest.Contains('@', StringComparison.Ordinal))))
            {
                text = rest;
                continue;
            }

            var local = await _localDomains.IsLocalAsync(domain, cancellationToken);
            if (local.IsTrouble)
            {
                return new Destination("", "", false, local.Value ?? "");
            }

            if (!local.IsFound)
            {
                var user = at == 0 && domain.Length == 0 ? _settings.EmptyAddressRecipient : rest;
                return new Destination(user, domain, false, null) { IsNumeric = isNumeric };
            }

            (text, localDomain) = (rest, domain);
            isOpaque = !_settings.ResolveDequotedAddress && !LocalPart.IsDotString(rest);
        }

        return new Destination(text, "", false, null);
    }

    private string CanonicalDomain(string domain, bool belowLocalDomain, out bool isNumeric)
    {
        isNumeric = false;
        if (domain.Length > 1 && domain[^1] == '.' && domain[^2] != '.')
        {
            domain = domain[..^1];
        }

        if (domain.StartsWith('['))
        {
            return domain.EndsWith(']') ? domain : domain + "]";
        }

        isNumeric = _settings.ResolveNumericDomain && (DomainName.TryParseIPv4(domain, out _) || DomainName.TryParseIPv6(domain, out _));
        return isNumeric ? "[" + domain + "]" : belowLocalDomain ? _rewriter.CompleteDomain(domain) : domain;
    }

    /// <summary><c>site!user</c> and <c>user%site</c> without a domain; null when neither applies.</summary>
    private string? ApplyRoutingOperators(string text)
    {
        if (_rewriter.Settings.SwapBangpath && text.IndexOf('!') is >= 0 and var bang)
        {
            return text[(bang + 1)..] + "@" + _rewriter.CompleteDomain(text[..bang]);
        }

        return _rewriter.Settings.AllowPercentHack && text.LastIndexOf('%') is >= 0 and var percent
            ? text[..percent] + "@" + _rewriter.CompleteDomain(text[(percent + 1)..])
            : null;
    }

    private readonly record struct Destination(string Local, string Domain, bool IsLocal, string? Trouble)
    {
        /// <summary>What resolve_numeric_domain makes of an IPv6 address lacks <c>IPv6:</c>, and is meant to work all the same.</summary>
        public bool IsNumeric { get; init; }
    }
}
