using System.Buffers;
using System.Text;
using Estafeta.Authentication;
using Estafeta.Authentication.Arc;
using Estafeta.Authentication.Dkim;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Domains;
using Estafeta.Configuration.Lists;
using Estafeta.Mail.Headers;
using Estafeta.Queue.Storage;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Logging;
using Estafeta.Tables;
using Estafeta.Tables.Text;

namespace Estafeta.Daemons.Cleanup.Signing;

/// <summary>
/// DKIM signatures of our own mail (estafeta_dkim_signing_table) and ARC seals of checked mail (estafeta_arc_seal_key). Both are made last, over
/// content that nobody here changes any more; the body is read once.
/// </summary>
internal sealed class MessageSigning
{
    private const int AuthorTokenLimit = 1000;

    private readonly SigningRules? _rules;
    private readonly SigningKeys _keys;
    private readonly string _sealKey;
    private readonly DkimSignatureForm _form;
    private readonly TimeSpan? _lifetime;
    private readonly IMailLog _log;

    private MessageSigning(ParameterSet parameters, TableSet tables, IMailLog log)
    {
        _log = log;
        _keys = SigningKeys.Open(parameters, tables, log.Warning);
        _rules = parameters.Get(Parameters.EstafetaDkimSigningTable).Length > 0 ? SigningRules.Open(parameters, tables, _keys, log.Warning) : null;
        _sealKey = parameters.Get(Parameters.EstafetaArcSealKey);
        _form = ReadForm(parameters);
        _lifetime = parameters.Get(Parameters.EstafetaDkimSignatureLifetime) is { Ticks: > 0 } lifetime ? lifetime : null;
    }

    /// <summary>Null when nothing is signed.</summary>
    public static MessageSigning? Open(ParameterSet parameters, TableSet tables, IMailLog log)
    {
        if (parameters.Get(Parameters.EstafetaDkimSigningTable).Length == 0 && parameters.Get(Parameters.EstafetaArcSealKey).Length == 0)
        {
            return null;
        }

        MessageAuthenticator.Prepare();
        return new MessageSigning(parameters, tables, log);
    }

    /// <param name="content">In its final form; gets the headers.</param>
    /// <param name="isOurs">To be signed where a key is for its author.</param>
    /// <param name="note">What smtpd found out; null when it did not look.</param>
    /// <param name="queueId">For the log.</param>
    /// <param name="time">For t=.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>False when a signature is wanted that cannot be made now.</returns>
    public async ValueTask<bool> SignAsync(
        ContentWriter content, bool isOurs, AuthenticationNote? note, string queueId, DateTimeOffset time, CancellationToken cancellationToken)
    {
        var seals = note is { Results.Length: > 0 } && _sealKey.Length > 0;
        if (!seals && !(isOurs && _rules != null))
        {
            return true;
        }

        var headers = MessageHeaders.Read(content.Head.WrittenMemory);
        var (signers, problem) = isOurs && _rules != null ? await FindSignersAsync(headers, cancellationToken) : ([], "");
        var (sealer, sealProblem) = seals ? await _keys.FindAsync(_sealKey, "", cancellationToken) : (null, "");
        if (seals && sealer == null)
        {
            _log.Warning($"{queueId}: ARC: key {_sealKey}: {sealProblem}"); // the message is as good without
        }

        if (problem.Length > 0)
        {
            _log.Warning($"{queueId}: DKIM: {problem} -- message not accepted, try again later");
            return false;
        }

        if (signers.Count == 0 && sealer == null)
        {
            return true;
        }

        var digest = await HashBodyAsync(content, cancellationToken);
        var text = new StringBuilder();
        foreach (var (signer, identity) in signers)
        {
            text.Append(signer.Sign(headers, digest, _form with { Identity = identity, Lifetime = _lifetime }, time));
            _log.Info($"{queueId}: DKIM-Signature: d={signer.Domain}, s={signer.Selector}, a={signer.Algorithm}");
        }

        if (sealer != null)
        {
            Seal(sealer, headers, digest, note!, text, queueId, time); // there is one with results
        }

        Prepend(content.Head, text.ToString());
        return true;
    }

    private static DkimSignatureForm ReadForm(ParameterSet parameters)
    {
        var canonicalization = parameters.Get(Parameters.EstafetaDkimCanonicalization).ToLowerInvariant();
        if (canonicalization.Split('/') is not [("relaxed" or "simple") and var header, ("relaxed" or "simple") and var body])
        {
            throw new ConfigurationException($"bad parameter value: '{Parameters.EstafetaDkimCanonicalization.Name} = {canonicalization}'");
        }

        return new DkimSignatureForm
        {
            IsHeaderRelaxed = header == "relaxed",
            IsBodyRelaxed = body == "relaxed",
            Signed = WordList.Split(parameters.Get(Parameters.EstafetaDkimSignHeaders)),
            Oversigned = WordList.Split(parameters.Get(Parameters.EstafetaDkimOversignHeaders)),
        };
    }

    private async ValueTask<(IReadOnlyList<(DkimSigner Signer, string Identity)> Signers, string Problem)> FindSignersAsync(
        MessageHeaders headers, CancellationToken cancellationToken)
    {
        var places = headers.Find("From");
        if (places.Count != 1)
        {
            return ([], ""); // nobody could vouch for it
        }

        var list = HeaderAddressList.Parse(RawText.Decode(headers.Fields[places[0]].Value), AuthorTokenLimit);
        var author = list.Count > 0 ? list[0] : "";
        var domain = InternationalDomain.ToAscii(author[(author.LastIndexOf('@') + 1)..])?.ToLowerInvariant();
        return domain is { Length: > 0 } ? await _rules!.FindAsync(author, domain, cancellationToken) : ([], ""); // asked only with rules
    }

    private void Seal(DkimSigner signer, MessageHeaders headers, byte[] digest, AuthenticationNote note, StringBuilder text, string queueId, DateTimeOffset time)
    {
        var outcome = note.ChainStatus switch
        {
            "pass" => ArcOutcome.Pass,
            "none" => ArcOutcome.None,
            _ => ArcOutcome.Fail,
        };
        var chain = new ArcResult(outcome, note.ChainSets, "") { IsClosed = note.IsChainClosed };
        var form = _form with { Signed = [.. _form.Signed, DkimHeaderName], Oversigned = [] };
        var seal = new ArcSealer(signer).Seal(headers, digest, form, note.Results, chain, time);
        if (seal.Length > 0)
        {
            text.Append(seal);
            _log.Info($"{queueId}: ARC-Seal: i={note.ChainSets + 1}, cv={chain.Word}, d={signer.Domain}, s={signer.Selector}");
        }
    }

    private const string DkimHeaderName = "DKIM-Signature";

    private async ValueTask<byte[]> HashBodyAsync(ContentWriter content, CancellationToken cancellationToken)
    {
        using var hash = new BodyHash(_form.IsBodyRelaxed);
        await using var body = content.OpenBody();
        await body.CopyToAsync(new HashingStream(hash), cancellationToken); // without a copy where the body is in memory
        return hash.Finish();
    }

    private static void Prepend(ArrayBufferWriter<byte> head, string headers)
    {
        var old = head.WrittenSpan.ToArray();
        head.ResetWrittenCount();
        head.Write(Encoding.UTF8.GetBytes(headers));
        head.Write(old);
    }
}
