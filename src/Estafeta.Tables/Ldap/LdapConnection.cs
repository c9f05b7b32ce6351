using System.Runtime.InteropServices;
using System.Text;
using Estafeta.Tables.Text;

namespace Estafeta.Tables.Ldap;

/// <summary>The server cannot be reached, refuses us, or broke the connection off.</summary>
/// <param name="code">The result code, where there is one.</param>
internal sealed class LdapConnectionException(string message, int code = LdapLibrary.ServerDown) : IOException(message)
{
    /// <summary>RFC 4511 §4.1.9: the server knows us, and the password is wrong, or does not know us.</summary>
    public bool IsRefusal => code is LdapLibrary.InvalidCredentials or LdapLibrary.NoSuchObject or LdapLibrary.InvalidName;
}

/// <summary>A connection of libldap, bound and ready. Used by one thread; searches are sent without waiting and their results read as they come.</summary>
internal sealed unsafe class LdapConnection : IDisposable
{
    private readonly LdapSettings _settings;
    private readonly nint _handle;

    /// <exception cref="LdapConnectionException">No server of the list answers, or it refuses the bind.</exception>
    public LdapConnection(LdapSettings settings)
    {
        _settings = settings;
        Check(LdapLibrary.Initialize(out _handle, settings.Servers), "Unable to init LDAP server");
        try
        {
            SetOptions();
            if (settings.StartsTls)
            {
                Check(LdapLibrary.StartTls(_handle, 0, 0), "Unable to set STARTTLS");
            }

            Bind();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public int Descriptor
    {
        get
        {
            var descriptor = -1;
            _ = LdapLibrary.GetOption(_handle, LdapLibrary.OptionDescriptor, &descriptor);
            return descriptor;
        }
    }

    /// <returns>The message number under which the result will come.</returns>
    public int Send(LdapQuery query)
    {
        var names = query.Attributes;
        var attributes = stackalloc byte*[names.Count + 1];
        for (var i = 0; i < names.Count; i++)
        {
            attributes[i] = (byte*)Marshal.StringToCoTaskMemUTF8(names[i]);
        }

        attributes[names.Count] = null;
        try
        {
            var timeout = LdapTime.From(_settings.Timeout);
            var error = LdapLibrary.Search(
                _handle, query.Base, (int)query.Scope, query.Filter, attributes, 0, 0, 0, _settings.Timeout > TimeSpan.Zero ? &timeout : null,
                query.SizeLimit, out var message);
            Check(error, "Search error");
            return message;
        }
        finally
        {
            for (var i = 0; i < names.Count; i++)
            {
                Marshal.FreeCoTaskMem((nint)attributes[i]);
            }
        }
    }

    public void Abandon(int message) => _ = LdapLibrary.Abandon(_handle, message, 0, 0);

    /// <summary>A result that has come complete, if any. Never waits.</summary>
    /// <exception cref="LdapConnectionException">The server is gone.</exception>
    public bool TryReceive(out int message, out LdapReply reply)
    {
        var noWait = default(LdapTime);
        var type = LdapLibrary.Result(_handle, LdapLibrary.AnyMessage, LdapLibrary.MessageAll, &noWait, out var result);
        (message, reply) = (0, LdapReply.Failed(""));
        if (type < 0)
        {
            throw new LdapConnectionException(Describe(ResultCode()));
        }

        if (type == 0)
        {
            return false;
        }

        message = LdapLibrary.MessageNumber(result);
        reply = Read(result);
        _ = LdapLibrary.FreeMessage(result);
        return true;
    }

    public void Dispose() => _ = LdapLibrary.Unbind(_handle, 0, 0);

    private void SetOptions()
    {
        var timeout = LdapTime.From(_settings.Timeout);
        if (_settings.Timeout > TimeSpan.Zero)
        {
            _ = LdapLibrary.SetOption(_handle, LdapLibrary.OptionNetworkTimeout, &timeout);
            _ = LdapLibrary.SetOption(_handle, LdapLibrary.OptionTimeout, &timeout);
        }

        SetOption(LdapLibrary.OptionVersion, _settings.Version);
        SetOption(LdapLibrary.OptionDereference, _settings.Dereference);
        _ = LdapLibrary.SetOption(_handle, LdapLibrary.OptionReferrals, _settings.ChasesReferrals ? (void*)1 : null);
        if (_settings.DebugLevel > 0)
        {
            SetOption(LdapLibrary.OptionDebugLevel, _settings.DebugLevel);
        }

        foreach (var (option, value) in _settings.TlsOptions)
        {
            SetOption(option, value);
        }

        SetOption(LdapLibrary.OptionRequireCertificate, _settings.RequiresCertificate ? LdapLibrary.CertificateDemand : LdapLibrary.CertificateNever);
        SetOption(LdapLibrary.OptionNewTlsContext, 0);
    }

    private void SetOption(int option, int value) => _ = LdapLibrary.SetOption(_handle, option, &value);

    private void SetOption(int option, string value)
    {
        fixed (byte* text = Encoding.UTF8.GetBytes(value + '\0'))
        {
            Check(LdapLibrary.SetOption(_handle, option, text), $"Unable to set LDAP option {option:x}");
        }
    }

    private void Bind()
    {
        switch (_settings.Bind)
        {
            case LdapBind.Simple:
                BindSimply();
                break;
            case LdapBind.Sasl:
                if (_settings.SaslMinimumStrength > 0)
                {
                    SetOption(LdapLibrary.OptionSaslProperties, $"minssf={_settings.SaslMinimumStrength}");
                }

                Check(LdapSaslAnswers.Bind(_handle, _settings), BindWords);
                break;
        }
    }

    private string BindWords =>
        $"Unable to bind to server {_settings.Servers} with dn {(_settings.BindName.Length > 0 ? _settings.BindName : "empty or implicit")}";

    private void BindSimply()
    {
        var password = Encoding.UTF8.GetBytes(_settings.BindPassword + '\0');
        fixed (byte* pointer = password)
        {
            var credentials = new LdapOctets { Length = (nuint)password.Length - 1, Data = pointer };
            Check(LdapLibrary.Bind(_handle, _settings.BindName, 0, &credentials, 0, 0, out var message), BindWords);
            var timeout = LdapTime.From(_settings.Timeout);
            var type = LdapLibrary.Result(_handle, message, LdapLibrary.MessageAll, _settings.Timeout > TimeSpan.Zero ? &timeout : null, out var result);
            if (type <= 0)
            {
                throw new LdapConnectionException($"{BindWords}: {(type == 0 ? "Timed out" : Describe(ResultCode()))}");
            }

            _ = LdapLibrary.ParseResult(_handle, result, out var code, null, null, 0, 0, 1);
            Check(code, BindWords);
        }
    }

    private LdapReply Read(nint result)
    {
        _ = LdapLibrary.ParseResult(_handle, result, out var code, null, null, 0, 0, 0);
        if (code is not (LdapLibrary.Success or LdapLibrary.NoSuchObject))
        {
            return LdapReply.Failed(code == LdapLibrary.SizeLimitExceeded ? "size limit exceeded" : $"Search error {Describe(code)}");
        }

        var entries = new List<LdapEntry>();
        for (var entry = LdapLibrary.FirstEntry(_handle, result); entry != 0; entry = LdapLibrary.NextEntry(_handle, entry))
        {
            entries.Add(ReadEntry(entry));
        }

        return new LdapReply(entries, null) { HasNoBase = code == LdapLibrary.NoSuchObject };
    }

    private LdapEntry ReadEntry(nint entry)
    {
        var attributes = new List<KeyValuePair<string, IReadOnlyList<string>>>();
        var name = LdapLibrary.FirstAttribute(_handle, entry, out var cursor);
        for (; name != null; name = LdapLibrary.NextAttribute(_handle, entry, cursor))
        {
            attributes.Add(new(RawText.Decode(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name)), ReadValues(entry, name)));
            LdapLibrary.FreeMemory(name);
        }

        if (cursor != 0)
        {
            LdapLibrary.FreeCursor(cursor, 0);
        }

        return new LdapEntry(ReadName(entry), attributes);
    }

    private string ReadName(nint entry)
    {
        var name = LdapLibrary.EntryName(_handle, entry);
        var text = RawText.Decode(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name));
        LdapLibrary.FreeMemory(name);
        return text;
    }

    private List<string> ReadValues(nint entry, byte* name)
    {
        var texts = new List<string>();
        var values = LdapLibrary.Values(_handle, entry, name);
        for (var value = values; value != null && *value != null; value++)
        {
            texts.Add(RawText.Decode(new ReadOnlySpan<byte>((*value)->Data, (int)(*value)->Length)));
        }

        if (values != null)
        {
            LdapLibrary.FreeValues(values);
        }

        return texts;
    }

    private int ResultCode()
    {
        var code = LdapLibrary.ServerDown;
        _ = LdapLibrary.GetOption(_handle, LdapLibrary.OptionResultCode, &code);
        return code;
    }

    private static string Describe(int code) => $"{code} ({LdapLibrary.Message(code)})";

    private static void Check(int error, string operation)
    {
        if (error != LdapLibrary.Success)
        {
            throw new LdapConnectionException($"{operation}: {Describe(error)}", error);
        }
    }
}
