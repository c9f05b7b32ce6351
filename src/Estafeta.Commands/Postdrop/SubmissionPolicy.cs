using System.Globalization;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;
using Estafeta.Mail.Addresses;
using Estafeta.Services.Logging;
using Estafeta.Services.Rewriting;
using Estafeta.Tables;
using Estafeta.Tables.MatchLists;

namespace Estafeta.Commands.Postdrop;

/// <summary>Who may submit mail (authorized_submit_users), and under which envelope senders (local_login_sender_maps).</summary>
internal sealed class SubmissionPolicy : IAsyncDisposable
{
    private const string AnySender = "static:*";
    private readonly ParameterSet _parameters;
    private readonly TableSet _tables;
    private readonly string _user;

    public SubmissionPolicy(ParameterSet parameters, IMailLog log, string user, uint uid)
    {
        _parameters = parameters;
        _tables = new TableSet(parameters) { Warn = log.Warning };
        _user = user;
        Uid = uid;
    }

    public uint Uid { get; }

    /// <returns>Null when the user may submit mail.</returns>
    public async ValueTask<string?> CheckUserAsync()
    {
        var users = DomainList.Open(Parameters.AuthorizedSubmitUsers, _tables);
        var match = await users.MatchAsync(_user, CancellationToken.None);
        return match.IsFound ? null : $"User {_user}({Uid.ToString(CultureInfo.InvariantCulture)}) is not allowed to submit mail";
    }

    /// <returns>Null when the user may use the sender.</returns>
    public async ValueTask<string?> CheckSenderAsync(string sender)
    {
        var value = _parameters.Get(Parameters.LocalLoginSenderMaps);
        if (value == AnySender)
        {
            return null;
        }

        var maps = _tables.OpenList(Parameters.LocalLoginSenderMaps.Name, value);
        var key = _user.Length > 0 ? _user : Uid.ToString(CultureInfo.InvariantCulture);
        var found = await maps.LookupAsync(key, CancellationToken.None);
        if (found.IsTrouble)
        {
            return $"local_login_sender_maps table lookup error for '{value}'";
        }

        var patterns = found.IsFound ? WordList.Split(found.Value!) : [];
        return patterns.Exists(p => Matches(p, sender)) ? null : $"not authorized to use sender='{sender}'";
    }

    public ValueTask DisposeAsync() => _tables.DisposeAsync();

    /// <summary><c>*</c>, <c>&lt;&gt;</c>, <c>@domain</c>, or an address, whose extension does not matter.</summary>
    private bool Matches(string pattern, string sender)
    {
        if (pattern == "*")
        {
            return true;
        }

        if (sender.Length == 0)
        {
            return pattern == _parameters.Get(Parameters.EmptyAddressLocalLoginSenderMapsLookupKey);
        }

        if (pattern.StartsWith('@'))
        {
            var at = sender.LastIndexOf('@');
            return at >= 0 && sender.AsSpan(at).Equals(pattern, StringComparison.OrdinalIgnoreCase);
        }

        var quoted = LocalPart.Quote(sender);
        AddressExtensions.Load(_parameters).TryStrip(quoted, out var stripped, out _);
        return pattern.Equals(quoted, StringComparison.OrdinalIgnoreCase) || pattern.Equals(stripped, StringComparison.OrdinalIgnoreCase);
    }
}
