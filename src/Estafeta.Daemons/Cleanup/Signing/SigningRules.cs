using Estafeta.Authentication.Dkim;
using Estafeta.Authentication.Dkim.Signing;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Net.Dns;
using Estafeta.Tables;

namespace Estafeta.Daemons.Cleanup.Signing;

/// <summary>estafeta_dkim_signing_table: which keys sign for an author.</summary>
internal sealed class SigningRules
{
    private readonly SigningTable? _file;
    private readonly MapList? _tables;
    private readonly SigningKeys _keys;

    // Without either there is a file that cannot be read.
    private SigningRules(SigningTable? file, MapList? tables, SigningKeys keys)
    {
        _file = file;
        _tables = tables;
        _keys = keys;
    }

    public static SigningRules Open(ParameterSet parameters, TableSet tables, SigningKeys keys, Action<string> warn)
    {
        var parameter = Parameters.EstafetaDkimSigningTable;
        var value = parameters.Get(parameter);
        if (SigningFile.PathOf(value) is not { } path)
        {
            return new SigningRules(null, tables.OpenList(parameter.Name, value), keys);
        }

        if (SigningFile.ReadLines(path, out var trouble) is not { } lines)
        {
            warn($"{parameter.Name}: {trouble}; mail that should be signed will be deferred");
            return new SigningRules(null, null, keys);
        }

        return new SigningRules(SigningTable.Parse(lines, SigningFile.HasPatterns(value)), null, keys);
    }

    /// <summary>One signature for each key; several keys of an entry are separated by commas.</summary>
    /// <param name="author">The address in From.</param>
    /// <param name="domain">Its domain, A-labels.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>A problem means that a signature cannot be made which the table wants.</returns>
    public async ValueTask<(IReadOnlyList<(DkimSigner Signer, string Identity)> Signers, string Problem)> FindAsync(
        string author, string domain, CancellationToken cancellationToken)
    {
        var (value, problem) = await LookupAsync(author, cancellationToken);
        if (value == null)
        {
            return ([], problem);
        }

        var colon = value.IndexOf(':', StringComparison.Ordinal);
        var names = colon < 0 ? value : value[..colon];
        var identity = colon < 0 ? "" : value[(colon + 1)..].Replace("%", domain, StringComparison.Ordinal);
        var signers = new List<(DkimSigner Signer, string Identity)>();
        foreach (var name in names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (name.Contains('%', StringComparison.Ordinal) && !DnsName.IsHostName(domain))
            {
                continue; // an author of no domain
            }

            var (signer, missing) = await _keys.FindAsync(name == "%" ? domain : name, DnsName.IsHostName(domain) ? domain : "invalid", cancellationToken);
            if (signer == null)
            {
                return ([], $"key {name}: {missing}");
            }

            signers.Add((signer, Fits(identity, signer.Domain) ? identity : ""));
        }

        return (signers, "");
    }

    private static bool Fits(string identity, string domain)
    {
        var own = identity[(identity.LastIndexOf('@') + 1)..];
        return own.Equals(domain, StringComparison.OrdinalIgnoreCase) || own.EndsWith("." + domain, StringComparison.OrdinalIgnoreCase);
    }

    private async ValueTask<(string? Value, string Problem)> LookupAsync(string author, CancellationToken cancellationToken)
    {
        if (_file != null)
        {
            return (_file.Find(author), "");
        }

        if (_tables == null)
        {
            return (null, "the signing table cannot be read");
        }

        foreach (var form in SigningTable.Forms(author))
        {
            var result = await _tables.LookupAsync(form, cancellationToken);
            if (result.IsTrouble)
            {
                return (null, "the signing table could not be asked");
            }

            if (result.Value != null)
            {
                return (result.Value, "");
            }
        }

        return (null, "");
    }
}
