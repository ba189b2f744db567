// SPDX-License-Identifier: PostgreSQL
// client_async.cpp: calls that no thread of the application waits for.
// To know first: such a call owns itself. It waits in the line of the gathering without a thread; one of the client's
// own threads runs it when it becomes a leader, has its answer, or has to be sent alone.
#include "client_impl.hpp"

#include "verb_statements.hpp"

#include <exception>
#include <future>
#include <memory>
#include <utility>

namespace bookonce
{

using detail::Attempts;
using detail::Gathering;
using detail::Statement;
using detail::Workers;

class Client::Impl::FutureCall final : public Workers::Job
{
  public:
    /// Refers to the client, which lives until the call is over.
    FutureCall(Client::Impl &client, Statement statement)
        : client_{client}, statement_{std::move(statement)}, attempts_{client.options.retry, client.options.timing},
          member_{statement_, attempts_.deadline(), [this] { client_.workers.submit(*this); }}
    {
    }

    /// Starts the call, which deletes itself when it is over. Throws std::system_error if there is no thread for it.
    static std::future<BookSlotOutcome> start(std::unique_ptr<FutureCall> call)
    {
        auto future = call->promise_.get_future();
        Client::Impl &client = call->client_;
        client.workers.begin();
        FutureCall &started = *call.release();
        if (client.gathers(started.statement_))
        {
            client.gathering.join(started.member_);
        }
        else
        {
            client.workers.submit(started);
        }
        return future;
    }

    void run() noexcept override
    {
        const std::unique_ptr<FutureCall> own{this};
        try
        {
            promise_.set_value(detail::read_book_slot(answer()));
        }
        catch (...)
        {
            promise_.set_exception(std::current_exception());
        }
        client_.workers.end();
    }

  private:
    Rows answer()
    {
        const auto in_company = [this] { return client_.gathering.finish(member_); };
        Rows rows;
        client_.report(detail::verb_of(statement_.sql), attempts_,
                       [&]
                       {
                           rows = client_.gathers(statement_) ? client_.send(statement_, attempts_, in_company)
                                                              : client_.send(statement_, attempts_);
                           return detail::outcome_of(statement_, rows);
                       });
        return rows;
    }

    Client::Impl &client_;
    Statement statement_;
    Attempts attempts_;
    Gathering::Member member_;
    std::promise<BookSlotOutcome> promise_;
};

std::future<BookSlotOutcome> Client::book_slot_async(const BookSlot &call)
{
    Statement statement = detail::book_slot_statement(call);
    detail::complete(statement);
    return Impl::FutureCall::start(std::make_unique<Impl::FutureCall>(*impl_, std::move(statement)));
}

} // namespace bookonce
