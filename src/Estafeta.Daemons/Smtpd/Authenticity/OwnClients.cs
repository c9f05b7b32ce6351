using System.Net;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Cleaning;
using Estafeta.Tables;
using Estafeta.Tables.MatchLists;

namespace Estafeta.Daemons.Smtpd.Authenticity;

/// <summary>Whether mail comes from ourselves, so that it is signed (estafeta_dkim_sign), or from strangers, so that it is checked.</summary>
internal sealed class OwnClients
{
    private readonly HostList _mynetworks;
    private readonly SigningOrigins _signed;

    private OwnClients(HostList mynetworks, SigningOrigins signed)
    {
        _mynetworks = mynetworks;
        _signed = signed;
    }

    public static OwnClients Open(ParameterSet parameters, TableSet tables) => new(HostList.Open(Parameters.Mynetworks, tables), SigningOriginWords.Load(parameters));

    /// <summary>Who logged in, or connects from our networks: filters that bring a message back, too.</summary>
    public async ValueTask<bool> HasAsync(SmtpdSession session) =>
        session.Subject.SaslUsername.Length > 0 || await IsNearAsync(session.Peer.Name, session.Peer.IPAddress, session.CancellationToken);

    /// <summary><see cref="CleanupFlags.Sign"/> for mail that is ours to sign; what a filter brings back is of whom XFORWARD says.</summary>
    public async ValueTask<CleanupFlags> FlagForAsync(SmtpdSession session)
    {
        if (_signed == SigningOrigins.None)
        {
            return CleanupFlags.None;
        }

        if (session.Subject.SaslUsername.Length > 0)
        {
            return _signed.FlagFor(SigningOrigins.Authenticated);
        }

        var origin = _signed.FlagFor(SigningOrigins.Mynetworks);
        if (origin == CleanupFlags.None)
        {
            return origin;
        }

        var isNear = session.Forwarded is { Address.Length: > 0 } forwarded
            ? IPAddress.TryParse(forwarded.Address, out var address) && await IsNearAsync(forwarded.Name, address, session.CancellationToken)
            : await IsNearAsync(session.Peer.Name, session.Peer.IPAddress, session.CancellationToken);
        return isNear ? origin : CleanupFlags.None;
    }

    // Who cannot be looked up is a stranger.
    private async ValueTask<bool> IsNearAsync(string name, IPAddress? address, CancellationToken cancellationToken) =>
        (await _mynetworks.MatchAsync(name, address, cancellationToken)).IsFound;
}
